#pragma once

#include <algorithm>
#include <chrono>

namespace bramble {

/// Emulates a slower device: each piece lasts as long as it would there. A wait always ends a
/// little late; what one piece waited too long, the next one waits less, so that many small pieces
/// take the right time together. Pure: the caller reads the clock and waits.
class pacer {
 public:
  using clock = std::chrono::steady_clock;

  /// When the piece that began at `begin` ends on the emulated device.
  clock::time_point due(clock::time_point begin, clock::duration lasting) {
    // A piece that starts after a pause owes nothing for what was overslept before the pause.
    const bool goes_on = begin - last_end_ < longest_debt;
    const auto from = goes_on ? begin - debt_ : begin;
    if (!goes_on) lost_ += debt_;
    debt_ = {};
    return from + lasting;
  }

  /// What was to wait until `due` goes on at `now`.
  void woke(clock::time_point due, clock::time_point now) {
    const auto late = std::max(now - due, clock::duration::zero());
    debt_ = std::min<clock::duration>(late, longest_debt);
    lost_ += late - debt_;
    last_end_ = now;
  }

  /// What pieces ended later than they should and was not made up for, of all so far: this machine
  /// was too slow.
  clock::duration lost() const { return lost_; }

 private:
  /// A debt that is larger comes from a machine too slow for the asked pace; it is not hidden.
  static constexpr clock::duration longest_debt = std::chrono::milliseconds{2};
  clock::duration debt_{};
  clock::duration lost_{};
  clock::time_point last_end_{};
};

}  // namespace bramble
