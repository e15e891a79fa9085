#pragma once

#include <filesystem>
#include <optional>
#include <vector>

namespace bramble {

/// What the kernel tells of changes to the folders of a store (inotify), whichever process makes
/// them. Not thread-safe, but for `pending`.
class store_events {
 public:
  /// `folder` as `model_store` has it. Where the kernel has no inotify left, `descriptor` is -1 and
  /// nothing is ever heard.
  explicit store_events(std::filesystem::path folder);
  store_events(const store_events&) = delete;
  store_events& operator=(const store_events&) = delete;
  ~store_events();

  /// Listens to those folders that there are now, and for the others to appear. True when nothing
  /// that changes afterwards goes unheard. Reads the disk.
  bool follow();

  /// Something changed and was not taken yet. A change is pending before the call that made it
  /// returns. Any thread; reads no disk.
  bool pending() const;

  /// Takes all that is pending.
  void take();

  /// Readable while something is pending; for poll.
  int descriptor() const { return fd_; }

 private:
  bool listen(const std::filesystem::path& path, std::uint32_t mask);

  std::filesystem::path folder_;
  int fd_ = -1;
};

/// Which folders a store has, and when entries of them last came or went, or who may read them
/// changed: differs when the store did, but for changes within one tick of the file system's clock
/// (some ms).
class store_stamps {
 public:
  /// Reads the disk: one `stat` for each folder.
  static store_stamps of(const std::filesystem::path& folder);
  bool operator==(const store_stamps&) const = default;

 private:
  struct stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    bool operator==(const stamp&) const = default;
  };
  std::vector<std::optional<stamp>> folders_;  // nothing: there is none
};

}  // namespace bramble
