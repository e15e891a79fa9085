#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/transport/data_plane/tensor_transport.hpp"

namespace bramble {

/// Decides which link is probed next: one whose rate is not settled before all others, and settled
/// ones that carry nothing large now and then, more often while somebody plans with their rates: a
/// link that plans do without shows by nothing else that it is quick again. One at a time, so that
/// probes do not slow each other. No clock, no socket: the caller passes what it knows.
class prober {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Somebody plans with the rates.
  void asked(time_point now) { asked_ = now; }

  /// The link to this peer is to be measured now, whatever is known of it.
  void force(const std::string& peer) { links_[peer].forced = forced_measurement{}; }

  /// What was forced of this link is not done yet.
  bool is_forced(const std::string& peer) const;

  /// The peer to send a probe to now, if any. It counts as sent.
  std::optional<std::string> next(const std::vector<link_stats>& links, time_point now);

  /// When to ask again.
  std::chrono::milliseconds pause() const;

 private:
  /// What somebody wants of a link now. A slow link takes many looks to carry one probe, so what
  /// counts is what came of them.
  struct forced_measurement {
    std::optional<time_point> since;  ///< of the first look at it
    std::uint64_t from = 0;           ///< samples when its first probe was sent
    std::size_t tries = 0;            ///< probes sent
  };
  struct state {
    std::uint64_t connection = 0;
    std::size_t tries = 0;             ///< since it was last settled
    std::uint64_t seen = 0;            ///< samples when `active` was noted
    std::optional<time_point> active;  ///< when it last carried something large
    std::optional<forced_measurement> forced;
  };

  /// Takes note of what a link carried.
  static void look(state& known, const link_stats& link, time_point now);
  static bool is_done(forced_measurement& forced, const link_stats& link, time_point now);
  bool is_stale(const state& known, const link_stats& link, time_point now) const;
  void send(state& to, const link_stats& link, bool routine, time_point now);

  std::map<std::string, state> links_;
  bool hurry_ = true;
  std::optional<time_point> asked_;
  std::optional<time_point> routine_from_;  ///< no probe of a settled link before this
};

}  // namespace bramble
