#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "actors/protocol/actor_report.hpp"
#include "config/defaults_observing.hpp"

namespace bramble {

/// Durations of the last `defaults::counter_window`, as a histogram of four buckets for each
/// doubling: adding one costs an increment, and nothing is allocated. Not thread-safe.
class recent_times {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::nanoseconds;

  void add(duration took, time_point now);
  time_figures figures(time_point now) const;
  std::uint64_t count(time_point now) const;

 private:
  static constexpr std::size_t buckets = std::size_t{4} * 33;  // 1 us to 2 h
  static std::size_t bucket_of(std::uint64_t us);
  static double middle_ms(std::size_t bucket);
  static std::int64_t slot_of(time_point now);

  struct slot {
    std::int64_t number = -1;  ///< which stretch of time it counts; -1: none yet
    duration longest{0};
    std::array<std::uint32_t, buckets> counts{};
  };
  bool is_recent(const slot& each, time_point now) const;

  /// One more than the window has: the newest is not full.
  std::array<slot, defaults::counter_slots + 1> slots_;
};

}  // namespace bramble
