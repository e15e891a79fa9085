#include "actors/observing/core/recent_times.hpp"

#include <algorithm>
#include <bit>

namespace bramble {

/// Of 4, 5, 6 and 7 each has its own, of 8 to 15 each two, and so on.
std::size_t recent_times::bucket_of(std::uint64_t us) {
  if (us < 4) return static_cast<std::size_t>(us);
  const auto doublings = static_cast<std::size_t>(std::bit_width(us)) - 1;
  const auto quarter = static_cast<std::size_t>(us >> (doublings - 2)) & 3;
  return std::min(4 * (doublings - 1) + quarter, buckets - 1);
}

double recent_times::middle_ms(std::size_t bucket) {
  if (bucket < 4) return static_cast<double>(bucket) / 1000;
  const auto step = std::uint64_t{1} << (bucket / 4 - 1);
  return (static_cast<double>((4 + bucket % 4) * step) + static_cast<double>(step - 1) / 2) / 1000;
}

std::int64_t recent_times::slot_of(time_point now) {
  return now.time_since_epoch() / (defaults::counter_window / defaults::counter_slots);
}

bool recent_times::is_recent(const slot& each, time_point now) const {
  return each.number >= 0 &&
         each.number >= slot_of(now) - static_cast<std::int64_t>(defaults::counter_slots);
}

void recent_times::add(duration took, time_point now) {
  const auto number = slot_of(now);
  auto& in = slots_[static_cast<std::size_t>(number) % slots_.size()];
  if (in.number != number) in = {number, duration{0}, {}};
  in.longest = std::max(in.longest, took);
  const auto us = std::max<std::int64_t>(0, took.count() / 1000);
  ++in.counts[bucket_of(static_cast<std::uint64_t>(us))];
}

std::uint64_t recent_times::count(time_point now) const {
  std::uint64_t out = 0;
  for (const auto& each : slots_)
    if (is_recent(each, now))
      for (const auto in : each.counts) out += in;
  return out;
}

time_figures recent_times::figures(time_point now) const {
  std::array<std::uint64_t, buckets> all{};
  std::uint64_t total = 0;
  duration longest{0};
  for (const auto& each : slots_) {
    if (!is_recent(each, now)) continue;
    longest = std::max(longest, each.longest);
    for (std::size_t i = 0; i < buckets; ++i) {
      all[i] += each.counts[i];
      total += each.counts[i];
    }
  }
  const auto max_ms = std::chrono::duration<double, std::milli>(longest).count();
  // The smallest that so many of a hundred do not exceed.
  const auto at = [&](std::uint64_t percent) {
    const auto wanted = (total * percent + 99) / 100;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets; ++i)
      if ((seen += all[i]) >= wanted) return std::min(middle_ms(i), max_ms);
    return max_ms;
  };
  return total == 0 ? time_figures{} : time_figures{at(50), at(99), max_ms};
}

}  // namespace bramble
