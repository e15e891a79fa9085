#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "actors/observing/core/actor_counters.hpp"

namespace bramble {

/// All actors of one node: those that live, and for a while those that have ended. Thread-safe.
class actor_board {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using counters_ptr = std::shared_ptr<actor_counters>;

  /// An actor begins. Its `restarts` are counted here: how many had that name before.
  counters_ptr add(actor_identity who, time_point now);

  /// In the order in which they began.
  std::vector<actor_info> report(time_point now) const;
  /// What is wrong with any of them; see `warning_of`. Cheap enough to be asked once a second.
  std::vector<std::string> warnings(time_point now) const;

 private:
  void forget_ended(time_point now);

  mutable std::mutex mutex_;
  std::vector<counters_ptr> actors_;
  std::map<std::string, std::uint64_t> lives_;  ///< by name, how many have begun
};
using actor_board_ptr = std::shared_ptr<actor_board>;

}  // namespace bramble
