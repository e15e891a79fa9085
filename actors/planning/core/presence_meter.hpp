#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

namespace bramble {

/// How many requests are there at a time. Requests are thought of as those of a number of clients,
/// each of which asks again some time after its answer: one client without pauses, eight, or many
/// with long ones, which is as good as requests at random. Pure, not thread-safe.
class presence_meter {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  void came(time_point now);
  void went(time_point now);
  std::size_t present() const { return present_; }

  struct clients {
    std::size_t most = 1;  ///< as many were there at once, when the last few came or now
    double pause_ms = 0;   ///< of each between an answer and its next request, on average
  };
  clients of_late(time_point now) const;

 private:
  struct arrival {
    time_point at;
    std::size_t present = 0;
    double area_ms = 0;  ///< until then
  };

  void count(time_point now);
  double area_until(time_point now) const;

  std::size_t present_ = 0;
  double area_ms_ = 0;  ///< requests times milliseconds
  time_point counted_;
  std::deque<arrival> arrivals_;  ///< the last defaults::arrivals_many
};

}  // namespace bramble
