#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace bramble {

/// What was measured of one link. No clock, no socket: the caller passes what it saw.
class link_meter {
 public:
  using duration = std::chrono::nanoseconds;

  /// `bytes` arrived in `time` while a large frame was being received.
  void received(std::uint64_t bytes, duration time);

  /// The peer says how fast what we send arrives there, in kbit/s, from `samples` transfers so far.
  void peer_measured(std::uint64_t kbit, std::uint64_t samples);

  /// `idle`: nothing else was on its way. Others count only as long as there is none of these.
  void round_trip(duration time, bool idle);

  std::optional<double> mbit_in() const { return mbit_in_; }
  std::optional<double> mbit_out() const { return mbit_out_; }
  std::uint64_t samples_in() const { return samples_in_; }
  std::uint64_t samples_out() const { return samples_out_; }
  std::optional<double> round_trip_ms() const;

 private:
  std::optional<double> mbit_in_;
  std::optional<double> mbit_out_;
  std::uint64_t samples_in_ = 0;
  std::uint64_t samples_out_ = 0;
  std::deque<duration> round_trips_;
  std::optional<duration> loaded_round_trip_;
};

}  // namespace bramble
