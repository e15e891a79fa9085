#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

namespace bramble {

/// How often something is asked for, and what comes of it. Pure, not thread-safe.
class load_meter {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  void arrived(time_point now);
  /// A request that came at `came`, and waited so long for its turn.
  void answered(time_point came, double queued_ms, time_point now);

  /// Arrivals a second of late: of the last few or the last many, whichever says less, so that a
  /// load that ends is seen to end.
  double per_second(time_point now) const;
  /// Milliseconds between answers while there is always something to do; 0: not known.
  double interval_ms() const;
  double queued_ms() const { return queued_ms_; }
  bool is_quiet(time_point now) const;

 private:
  std::deque<time_point> arrivals_;
  std::deque<double> intervals_ms_;  ///< before each answer, of the time that there was a request
  time_point last_answer_;
  double queued_ms_ = 0;  ///< of the last
};

}  // namespace bramble
