#pragma once

#include <ctime>

namespace bramble {

inline double clock_ms(clockid_t clock) {
  timespec t{};
  ::clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) / 1e6;
}

/// Measures from its construction on.
class stopwatch {
 public:
  double wall_ms() const { return clock_ms(CLOCK_MONOTONIC) - wall_; }
  double thread_cpu_ms() const { return clock_ms(CLOCK_THREAD_CPUTIME_ID) - cpu_; }
  /// What the calling thread's work costs: its own processor time, so that several nodes may share
  /// this machine while they are measured; wall time where other threads help it.
  double cost_ms(int threads) const { return threads == 1 ? thread_cpu_ms() : wall_ms(); }

 private:
  double wall_ = clock_ms(CLOCK_MONOTONIC);
  double cpu_ = clock_ms(CLOCK_THREAD_CPUTIME_ID);
};

}  // namespace bramble
