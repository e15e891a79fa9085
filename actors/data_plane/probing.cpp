#include "actors/data_plane/probing.hpp"

#include <algorithm>

#include "config/defaults.hpp"

namespace bramble {

std::optional<std::string> prober::next(const std::vector<link_stats>& links, time_point now) {
  hurry_ = false;
  std::map<std::string, state> still;
  const link_stats* best = nullptr;
  for (const auto& link : links) {
    if (!link.up) continue;
    auto& known = still[link.peer] = links_[link.peer];
    if (known.connection != link.connections) {
      known = {};
      known.connection = link.connections;
    }
    if (link.samples_out != known.seen || !known.active) known.active = now;
    known.seen = link.samples_out;
    if (link.settled_out) known.tries = 0;
    const bool unsettled = !link.settled_out && known.tries < defaults::link_probe_tries;
    hurry_ = hurry_ || unsettled;
    const bool stale = now - *known.active >= defaults::link_probe_refresh;
    if (link.bytes_queued != 0 || (!unsettled && !stale)) continue;
    if (best == nullptr || known.tries < still[best->peer].tries) best = &link;
  }
  links_ = std::move(still);
  if (best == nullptr) return std::nullopt;
  ++links_[best->peer].tries;
  links_[best->peer].active = now;
  return best->peer;
}

std::chrono::milliseconds prober::pause() const {
  return hurry_ ? defaults::link_probe_hurry : defaults::link_probe_interval;
}

}  // namespace bramble
