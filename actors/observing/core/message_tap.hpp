#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "actors/protocol/tap_report.hpp"

namespace bramble {

/// What a message is about, as far as that can be seen in it.
struct message_facts {
  std::uint64_t request = 0;  ///< number of the run; 0: of none
  std::uint64_t bytes = 0;    ///< of tensors or files; 0: none
};

/// A message on its way through an actor: filled in when it is taken up, and kept when it is done.
struct tapped {
  std::chrono::steady_clock::time_point at;
  std::uint64_t sender = 0;   ///< actor id; 0: nobody, or somebody on another node
  bool from_outside = false;  ///< that sender is on another node
  std::uint64_t receiver_id = 0;
  std::string receiver;
  std::string kind;
  message_facts facts;
  std::chrono::nanoseconds waited{0};
  std::chrono::nanoseconds took{0};
};

/// Notes what a node's actors handle, for one who wants to see it: bounded in number, in time and
/// in how many a second; off otherwise, which every actor asks by one load. Thread-safe.
class message_tap {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Whether anything is noted just now.
  bool is_on() const { return on_.load(std::memory_order_relaxed); }
  /// Whether such a message is.
  bool wants(std::uint64_t sender, std::uint64_t receiver, const message_facts& facts) const;
  /// One that was wanted is done.
  void add(tapped message, time_point now);

  /// Throws `user_error` for what cannot be, and where a trace is on already, with when it ends.
  tap_report begin(const tap_query& query, time_point now);
  /// What was noted since. `unix_ms`: `now` in milliseconds since 1970. Throws `user_error` for
  /// a trace that is not known any more.
  tap_report read(const tap_query& query, time_point now, double unix_ms);

 private:
  bool is_over(time_point now) const;

  std::atomic<bool> on_{false};
  mutable std::mutex mutex_;  ///< of all that follows
  tap_query what_;
  std::uint64_t number_ = 0;  ///< of the trace, in this life of the node
  time_point until_{};
  time_point read_at_{};     ///< when it was begun or read last
  time_point second_{};      ///< the one that runs began then
  std::uint32_t in_it_ = 0;  ///< noted in that second
  std::uint64_t left_out_ = 0;
  std::vector<tapped> noted_;
};

}  // namespace bramble
