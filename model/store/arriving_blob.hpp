#pragma once

#include "config/base/file_lock.hpp"
#include "model/store/store.hpp"

namespace bramble {

/// A blob that comes from a peer in blocks. Each is written to the disk as it comes, since the
/// largest weights of a model can be more than the memory of the node that fetches them. Vanishes
/// unless it is kept; until then its file is locked, so that nobody clears it up.
class arriving_blob {
 public:
  /// Throws `user_error` unless `sha256` is one.
  arriving_blob(const model_store& store, const std::string& sha256);
  arriving_blob(const arriving_blob&) = delete;
  arriving_blob& operator=(const arriving_blob&) = delete;
  ~arriving_blob();

  /// Throws `disk_full` where there is no room, and `user_error` naming the file for any other
  /// reason.
  void add(byte_span block);
  std::uint64_t size() const { return size_; }
  /// Into the store. Throws `user_error` when its content is not that of its name.
  void keep();

 private:
  std::filesystem::path target_;
  std::filesystem::path store_lock_;
  std::filesystem::path staged_;
  std::optional<file_lock> file_;
  std::string sha256_;
  std::uint64_t size_ = 0;
};

}  // namespace bramble
