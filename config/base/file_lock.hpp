#pragma once

#include <filesystem>
#include <optional>

namespace bramble {

/// A lock on a file (flock) that this object holds: it goes with the object, and with a process
/// however that ends. Two objects lock each other out in one process as well as in two, so a thread
/// that waits for one must not hold another on the same file.
class file_lock {
 public:
  enum class mode { shared, exclusive };

  /// Waits. Makes the file, and its folder, where there is none. Throws `user_error` naming it.
  static file_lock take(const std::filesystem::path& path, mode wanted);
  /// Nothing when somebody else's lock is in the way, or there is no such file.
  static std::optional<file_lock> try_take(const std::filesystem::path& path, mode wanted);

  file_lock(file_lock&& other) noexcept;
  file_lock& operator=(file_lock&& other) noexcept;
  file_lock(const file_lock&) = delete;
  file_lock& operator=(const file_lock&) = delete;
  ~file_lock();

  /// Of the locked file, open for writing.
  int descriptor() const { return fd_; }

 private:
  explicit file_lock(int fd) : fd_{fd} {}
  int fd_ = -1;
};

}  // namespace bramble
