#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>

namespace bramble {

/// How far a stream of requests came, in words. Knows no clock: it is told what time it is.
class stream_progress {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `total`: how many there are, where that is known.
  stream_progress(std::optional<std::size_t> total, time_point begin);

  void finished(time_point now, bool failed);
  std::size_t answered() const { return done_ - failed_; }
  std::size_t failed() const { return failed_; }

  /// "37 of 200 done, 2 failed, 12.3/s, 13 s left".
  std::string line(time_point now) const;
  /// "37 answered, 2 failed in 3.2 s (12.3/s)."; `stopped`: before all was done, which is said.
  std::string summary(time_point now, bool stopped) const;

 private:
  double rate(time_point now) const;

  std::optional<std::size_t> total_;
  time_point begin_;
  std::size_t done_ = 0;
  std::size_t failed_ = 0;
  /// When the last of them came, and before them the one that they are counted from.
  std::deque<time_point> last_;
};

}  // namespace bramble
