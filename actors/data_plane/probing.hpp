#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/data_plane/data_plane.hpp"

namespace bramble {

/// Decides which link is probed next: one whose rate is not settled before all others, and settled
/// idle ones now and then. One at a time, so that probes do not slow each other. No clock, no
/// socket: the caller passes what it knows.
class prober {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// The peer to send a probe to now, if any. It counts as sent.
  std::optional<std::string> next(const std::vector<link_stats>& links, time_point now);

  /// When to ask again.
  std::chrono::milliseconds pause() const;

 private:
  struct state {
    std::uint64_t connection = 0;
    std::size_t tries = 0;             ///< since it was last settled
    std::uint64_t seen = 0;            ///< samples when `active` was noted
    std::optional<time_point> active;  ///< when it last carried something large
  };

  std::map<std::string, state> links_;
  bool hurry_ = true;
};

}  // namespace bramble
