#pragma once

#include <deque>
#include <string>

#include "console/stream_inputs.hpp"

namespace bramble {

/// What arrives in a folder from now on: files that somebody wrote and closed, or moved there. Not
/// what is in it already, and nothing that is half written.
class folder_watch : public input_source {
 public:
  /// Throws `user_error` when there is no such folder, or nobody may read it.
  folder_watch(std::string folder, std::uint64_t raw_bytes, const stop_flag& stop);
  ~folder_watch() override;

  /// Throws `user_error` when the folder is gone, or more arrived at once than the kernel kept.
  std::optional<std::string> next() override;

 private:
  void read_events();

  std::string folder_;
  std::uint64_t raw_bytes_;
  const stop_flag& stop_;
  int fd_;
  std::deque<std::string> arrived_;
  std::string broken_;  ///< why nothing more will come
};

}  // namespace bramble
