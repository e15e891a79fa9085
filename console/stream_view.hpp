#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "console/infer_stream.hpp"
#include "console/stream_progress.hpp"

namespace bramble {

/// What is seen of a stream: a result a line on standard output, and on standard error the line of
/// progress where that is a terminal, words meanwhile, and in the end how it went.
class stream_view {
 public:
  explicit stream_view(std::optional<std::size_t> total);

  /// A result, or none: time has passed. Throws `user_error` when nobody reads results any more.
  void tell(const stream_result* result);
  /// A line on standard error. Any thread.
  void say(const std::string& line);
  /// That a file has to wait since the node is busy: once for all that wait at the same time. Any
  /// thread.
  void say_busy(const node_is_busy& why);
  /// Lists failures and says how far it came; `stopped`: somebody ended it.
  void finish(bool stopped);

  bool has_failures() const { return progress_.failed() != 0; }

 private:
  void draw() const;
  void say_now(const std::string& line) const;

  std::mutex mutex_;
  stream_progress progress_;
  std::vector<std::string> failures_;
  stream_progress::time_point busy_until_{};
  const bool moving_;
};

}  // namespace bramble
