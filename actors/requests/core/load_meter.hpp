#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>

namespace bramble {

/// How often something is asked for, and what comes of it. Pure, not thread-safe.
class load_meter {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  void arrived(time_point now);
  /// A request that came at `came`, and waited so long for its turn.
  void answered(time_point came, double queued_ms, time_point now);
  /// There was too much to do for another.
  void refused() { ++refused_; }

  /// Arrivals a second of late: of the last few or the last many, whichever says less, so that a
  /// load that ends is seen to end.
  double per_second(time_point now) const;
  /// Milliseconds between answers while there is always something to do; 0: not known.
  double interval_ms() const;
  double queued_ms() const { return waits_ms_.empty() ? 0 : waits_ms_.back(); }  ///< of the last
  /// What this share of the last waited at most; 0: none was answered.
  double queued_ms_of(double share) const;
  std::uint64_t refusals() const { return refused_; }
  bool is_quiet(time_point now) const;

 private:
  std::deque<time_point> arrivals_;
  std::deque<double> intervals_ms_;  ///< before each answer, of the time that there was a request
  time_point last_answer_;
  std::deque<double> waits_ms_;  ///< of the last defaults::waits_kept
  std::uint64_t refused_ = 0;
};

}  // namespace bramble
