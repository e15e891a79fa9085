#include "actors/transport/data_plane/probing.hpp"

#include <algorithm>

#include "actors/transport/data_plane/link_sizes.hpp"
#include "config/defaults.hpp"
#include "config/defaults_measuring.hpp"

namespace bramble {
namespace {

using duration = std::chrono::steady_clock::duration;

/// How long the next probe keeps a link of the rate known so far busy.
duration length_of_probe(const link_stats& link) {
  if (!link.mbit_out || *link.mbit_out <= 0) return defaults::probe_time;
  const auto bits = 8.0 * static_cast<double>(probe_bytes(link.mbit_out));
  return std::chrono::duration_cast<duration>(
      std::chrono::duration<double>(bits / (*link.mbit_out * 1e6)));
}

/// How far apart things of this length may be that take a small share of the time.
duration spaced(duration length) {
  return std::chrono::duration_cast<duration>(length / defaults::link_probe_share);
}

bool is_unsettled(const link_stats& link, std::size_t tries) {
  return !link.settled_out && tries < defaults::link_probe_tries;
}

}  // namespace

bool prober::is_forced(const std::string& peer) const {
  const auto known = links_.find(peer);
  return known != links_.end() && known->second.forced.has_value();
}

/// Enough probes were sent and as many frames measured since, and they agree on a rate, or they
/// will not. Frames alone do not do: a peer tells of those before the first probe when it likes.
bool prober::is_done(forced_measurement& forced, const link_stats& link, time_point now) {
  if (!forced.since) forced.since = now;
  if (forced.tries >= defaults::link_probe_forced && link.settled_out &&
      link.samples_out >= forced.from + defaults::link_probe_forced)
    return true;
  if (now - *forced.since >= defaults::remeasure_timeout) return true;
  return forced.tries >= defaults::link_probe_tries && link.bytes_queued == 0;
}

void prober::look(state& known, const link_stats& link, time_point now) {
  if (known.connection != link.connections) {
    const bool forced = known.forced.has_value();
    known = {};
    if (forced) known.forced = forced_measurement{};
    known.connection = link.connections;
  }
  if (link.samples_out != known.seen || !known.active) known.active = now;
  known.seen = link.samples_out;
  if (link.settled_out) known.tries = 0;
  if (known.forced && is_done(*known.forced, link, now)) known.forced.reset();
}

bool prober::is_stale(const state& known, const link_stats& link, time_point now) const {
  if (routine_from_ && now < *routine_from_) return false;
  const bool plans = asked_ && now - *asked_ < defaults::asked_memory;
  const duration refresh =
      plans ? duration{defaults::link_refresh_asked} : duration{defaults::link_refresh_idle};
  return now - *known.active >= std::max(refresh, spaced(length_of_probe(link)));
}

void prober::send(state& to, const link_stats& link, bool routine, time_point now) {
  // What was on its way before is of the link as it was.
  if (to.forced && to.forced->tries++ == 0) to.forced->from = link.samples_out;
  if (routine) {
    to.tries = defaults::link_probe_tries - defaults::link_probe_follow_ups;
    routine_from_ = now + spaced(std::min<duration>(length_of_probe(link), defaults::probe_time));
  } else {
    ++to.tries;
  }
  to.active = now;
}

std::optional<std::string> prober::next(const std::vector<link_stats>& links, time_point now) {
  hurry_ = false;
  std::map<std::string, state> still;
  const link_stats* best = nullptr;
  bool best_is_routine = false;
  for (const auto& link : links) {
    if (!link.up) continue;
    auto& known = still[link.peer] = links_[link.peer];
    look(known, link, now);
    const bool wanted = known.forced.has_value() || is_unsettled(link, known.tries);
    hurry_ = hurry_ || wanted;
    if (link.bytes_queued != 0 || (!wanted && !is_stale(known, link, now))) continue;
    if (best == nullptr || (wanted && best_is_routine) ||
        (wanted != best_is_routine && known.tries < still[best->peer].tries)) {
      best = &link;
      best_is_routine = !wanted;
    }
  }
  links_ = std::move(still);
  if (best == nullptr) return std::nullopt;
  send(links_[best->peer], *best, best_is_routine, now);
  return best->peer;
}

std::chrono::milliseconds prober::pause() const {
  return hurry_ ? defaults::link_probe_hurry : defaults::link_probe_interval;
}

}  // namespace bramble
