#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/observing/core/recent_times.hpp"

namespace bramble {

/// Who an actor is; see `actor_info`.
struct actor_identity {
  std::string name;
  std::uint64_t id = 0;
  std::uint64_t parent = 0;
  bool own_thread = false;
  std::uint64_t restarts = 0;  ///< actors of that name before it
};

/// A message as its receiver counts it.
struct message_key {
  std::uint64_t kind = 0;     ///< equal for messages of equal types and atoms
  std::uint64_t sender = 0;   ///< actor id; 0: nobody, or somebody on another node
  bool from_outside = false;  ///< that sender is on another node
};

/// What one actor does, counted as it does it: what waits in its mailbox and for how long, what it
/// works on and for how long. Thread-safe; no call waits for more than a few increments, and none
/// does anything by itself: who wants to know asks.
class actor_counters {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using name_maker = std::function<std::string()>;

  actor_counters(actor_identity who, time_point now);

  /// A message is in the mailbox. Messages are told apart by their place in memory.
  void arrived(const void* message, time_point now);
  /// The actor begins with it. `name` is asked for once for each kind. Answers how long it waited.
  std::chrono::nanoseconds begins(const void* message, const message_key& key,
                                  const name_maker& name, time_point now);
  /// What it does for the message that it is about, and how long that may take; until that ends.
  void is_about(std::string what, std::chrono::milliseconds deadline);
  /// And ends. `stays`: it goes back into the mailbox for later, and does not count yet.
  void ends(bool stays, time_point now);

  /// It answered a question with an error; it got one in answer.
  void answered_error();
  void got_error();
  /// The actor is no more.
  void closed(const std::string& why, time_point now);
  /// A message of this actor may take so long; until then its name says how long.
  void set_deadline(std::chrono::milliseconds deadline);

  const actor_identity& who() const { return who_; }
  std::optional<time_point> end() const;
  /// As `warning_of` its report; costs nothing while nothing is wrong.
  std::string warning(time_point now) const;
  /// Names of talkers are "#12" for actors and "" for nobody: whoever knows the others gives them
  /// theirs.
  actor_info report(time_point now) const;

 private:
  struct kind_count {
    std::string name;
    std::uint64_t count = 0;
    std::chrono::nanoseconds total{0};
    std::chrono::nanoseconds longest{0};
  };
  struct work {
    const void* message = nullptr;
    std::uint64_t kind = 0;
    time_point arrival;
    time_point since;
    std::string about = {};  ///< in more words; empty: there are none
    std::optional<std::chrono::milliseconds> deadline = {};  ///< its own
  };
  std::chrono::milliseconds deadline_of_current() const;
  void note_length(time_point now) const;

  const actor_identity who_;
  const time_point began_;
  mutable std::mutex mutex_;  ///< of all that follows
  std::unordered_map<const void*, time_point> waiting_;
  std::optional<work> current_;
  std::unordered_map<std::uint64_t, kind_count> kinds_;
  std::unordered_map<std::uint64_t, std::uint64_t> talkers_;
  recent_times wait_;
  recent_times work_;
  std::uint64_t handled_ = 0;
  std::uint64_t errors_ = 0;
  std::uint64_t refused_ = 0;
  std::chrono::milliseconds deadline_;
  std::string ended_;
  std::optional<time_point> end_;
  /// The least that waited, in the stretch of `defaults::mailbox_growth` that runs, and before it.
  mutable std::int64_t stretch_ = 0;
  mutable std::uint64_t least_ = 0;
  mutable std::uint64_t least_before_ = 0;
  mutable bool grows_ = false;
};

/// How long a message of the actor of this name may take.
std::chrono::milliseconds usual_deadline(const actor_identity& who);

/// What is wrong with the actor, as a sentence without its full stop; empty: nothing.
std::string warning_of(const actor_info& info);

}  // namespace bramble
