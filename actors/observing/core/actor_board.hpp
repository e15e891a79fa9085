#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "actors/observing/core/actor_counters.hpp"
#include "actors/observing/core/message_tap.hpp"

namespace bramble {

/// All actors of one node: those that live, and for a while those that have ended. Thread-safe.
class actor_board {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using counters_ptr = std::shared_ptr<actor_counters>;

  /// A board that does not count lists its actors all the same, with zeros.
  explicit actor_board(bool counts = true) : counts_{counts} {}

  bool counts() const { return counts_; }

  /// An actor begins. Its `restarts` are counted here: how many had that name before.
  counters_ptr add(actor_identity who, time_point now);

  /// In the order in which they began.
  std::vector<actor_info> report(time_point now) const;
  /// What is wrong with any of them (see `warning_of`), or with a task; clauses. Cheap enough to be
  /// asked once a second.
  std::vector<std::string> warnings(time_point now) const;

  /// Something that an actor awaits: where it takes longer than that, `what` is a warning ("the
  /// review of the plan of x does not end"). Answers its number.
  std::uint64_t begin_task(std::string what, std::chrono::milliseconds most, time_point now);
  void end_task(std::uint64_t number);

  /// Notes messages of all of them, while somebody wants to see them.
  message_tap& tap() { return tap_; }
  /// As `message_tap` does, with names for the actors.
  tap_report read_tap(const tap_query& query, time_point now, double unix_ms);

 private:
  const bool counts_;
  struct awaited_task {
    std::string what;
    time_point began;
    std::chrono::milliseconds most;
  };
  std::map<std::string, std::string> names() const;

  void forget_ended(time_point now);

  mutable std::mutex mutex_;
  std::vector<counters_ptr> actors_;
  std::map<std::string, std::uint64_t> lives_;  ///< by name, how many have begun
  std::map<std::uint64_t, awaited_task> tasks_;
  std::uint64_t last_task_ = 0;
  message_tap tap_;
};
using actor_board_ptr = std::shared_ptr<actor_board>;

}  // namespace bramble
