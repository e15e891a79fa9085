#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <random>

#include "actors/transport/data_plane/dispersion.hpp"
#include "actors/transport/data_plane/rate_filter.hpp"

namespace bramble::testing {

/// A link behind a token bucket, in steps of 20 us, between a sender and a reader that are both
/// late now and then because something else computes.
struct simulated_link {
  using time_point = rate_filter::time_point;

  double mbit = 100;
  double bucket_bytes = 20e3;
  double late_share = 0;                    ///< of the looks and of the sender's turns
  std::chrono::microseconds late{3000};     ///< how late at most
  std::uint64_t sender_holds = 256U << 10;  ///< the sender's kernel, filled at each of its turns
  std::mt19937_64 random{1};
  time_point now{};

  /// Moves `size` bytes and returns what the reader makes of it.
  std::vector<rate_sample> send(std::uint64_t size) {
    dispersion seen;
    double arrived = 0;
    double handed = 0;
    time_point sender_turn = now;
    time_point reader_turn = now;
    bool begun = false;
    for (;;) {
      if (now >= sender_turn) {
        handed = std::min<double>(static_cast<double>(size),
                                  arrived + static_cast<double>(sender_holds));
        sender_turn = now + delay();
      }
      tokens_ = std::min(bucket_bytes, tokens_ + mbit / 8 * 20);
      const double moved = std::min(tokens_, handed - arrived);
      tokens_ -= moved;
      arrived += moved;
      now += step;
      if (now < reader_turn || arrived < 1) continue;
      const auto bytes = static_cast<std::uint64_t>(arrived + 0.5);
      if (bytes >= size) return begun ? seen.end(now, size) : std::vector<rate_sample>{};
      begun ? seen.look(now, bytes) : seen.begin(now, bytes, bytes);
      begun = true;
      reader_turn = now + delay();
    }
  }

  void rest(std::chrono::nanoseconds time) {
    now += time;
    tokens_ = bucket_bytes;
  }

 private:
  static constexpr std::chrono::microseconds step{20};

  std::chrono::microseconds delay() {
    const double dice = std::uniform_real_distribution<>{0, 1}(random);
    if (dice >= late_share) return std::chrono::microseconds{100};
    return std::chrono::microseconds{
        std::uniform_int_distribution<long>{100, late.count()}(random)};
  }

  double tokens_ = bucket_bytes;
};

/// Whether a rate was measured, within 10 %.
inline bool near(const rate_filter& filter, double mbit) {
  return filter.mbit() && std::abs(*filter.mbit() / mbit - 1) < 0.1;
}

}  // namespace bramble::testing
