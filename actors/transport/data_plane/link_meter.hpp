#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include "actors/transport/data_plane/rate_filter.hpp"

namespace bramble {

/// What was measured of one link. No clock, no socket: the caller passes what it saw.
class link_meter {
 public:
  using duration = std::chrono::nanoseconds;
  using time_point = rate_filter::time_point;

  /// A frame came; a large one with the rates of its arrival. The peer may still say of a large
  /// frame that it had contention on the way out, so it counts when the next frame comes.
  void received(frame_rates&& rates, time_point now);

  /// The peer says so, of the last frame.
  void had_contention(const rate_contention& contention, time_point now);

  /// What the peer hears of the link it sends on.
  struct news {
    std::uint64_t kbit = 0;
    std::uint64_t frames = 0;  ///< measured so far; 0: nothing known
    bool settled = false;      ///< more probes would tell nothing new
  };
  news tell(time_point now);

  /// The rate has moved so much, or become so doubtful, that the peer should hear of it at once.
  bool has_news(time_point now) const;

  void peer_measured(const news& of_us);

  /// `idle`: nothing else was on its way. Others count only as long as there is none of these.
  void round_trip(duration time, bool idle);

  std::optional<double> mbit_in() const { return in_.mbit(); }
  std::optional<double> mbit_out() const { return mbit_out_; }
  std::uint64_t samples_in() const { return in_.frames(); }
  std::uint64_t samples_out() const { return out_.frames; }
  bool settled_out() const { return out_.settled; }
  std::optional<double> round_trip_ms() const;

 private:
  rate_filter in_;
  frame_rates last_;  ///< without stretches: none waits
  double told_mbit_ = 0;
  bool told_settled_ = false;
  time_point told_;
  news out_;
  std::optional<double> mbit_out_;
  std::deque<duration> round_trips_;
  std::optional<duration> loaded_round_trip_;
};

}  // namespace bramble
