#pragma once

#include <algorithm>
#include <chrono>

namespace bramble {

/// Emulates a slower device: each piece lasts `slowdown` times the CPU time it took. A wait always
/// ends a little late; what one piece waited too long, the next one waits less, so that many small
/// pieces take the right time together. Pure: the caller reads the clock and waits.
class pacer {
 public:
  using clock = std::chrono::steady_clock;

  /// When the piece that began at `begin` and used `cpu` ends on the emulated device.
  clock::time_point due(clock::time_point begin, clock::duration cpu, double slowdown) {
    // A piece that starts after a pause owes nothing for what was overslept before the pause.
    const auto from = begin - last_end_ < longest_debt ? begin - debt_ : begin;
    debt_ = {};
    return from + std::chrono::duration_cast<clock::duration>(cpu * slowdown);
  }

  /// What was to wait until `due` goes on at `now`.
  void woke(clock::time_point due, clock::time_point now) {
    debt_ = std::clamp(now - due, clock::duration::zero(), longest_debt);
    last_end_ = now;
  }

 private:
  /// A debt that is larger comes from a machine too slow for the asked pace; it is not hidden.
  static constexpr clock::duration longest_debt = std::chrono::milliseconds{2};
  clock::duration debt_{};
  clock::time_point last_end_{};
};

}  // namespace bramble
