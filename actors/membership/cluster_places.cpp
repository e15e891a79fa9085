#include "actors/membership/cluster_places.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "actors/membership/cluster_report.hpp"
#include "config/format.hpp"

namespace bramble {

places places_of(const cluster_state& state, const member& whom) {
  const auto reached = state.reached.find(whom.name);
  places out{places_to_try(whom.addresses, reached == state.reached.end() ? "" : reached->second,
                           state.config.machine.interfaces),
             whom.control_port};
  // A name that was given with --join may lead to where it moved.
  for (const auto& [where, name] : state.joined)
    if (name == whom.name && where.port == whom.control_port &&
        std::find(out.hosts.begin(), out.hosts.end(), where.host) == out.hosts.end())
      out.hosts.push_back(where.host);
  return out;
}

endpoint best_place(const cluster_state& state, const member& whom) {
  const auto where = places_of(state, whom).hosts;
  // A link-local address is of use to this machine alone.
  auto best = std::find_if_not(where.begin(), where.end(), is_link_local_address);
  if (best == where.end()) best = where.begin();
  return {best == where.end() ? std::string{"-"} : *best, whom.control_port};
}

bool is_over_loopback(const cluster_state& state, const std::string& name) {
  const auto reached = state.reached.find(name);
  return reached != state.reached.end() && is_loopback_address(reached->second);
}

gossip news_for(const cluster_state& state, const std::string& name) {
  return {told_to_peer(state.view, is_over_loopback(state, name)), report_of_self(state)};
}

void note_origin(cluster_state& state, const introduction& peer) {
  // Its scope, if it has one, is the peer's own name for a card.
  const auto from = peer.from.substr(0, peer.from.find('%'));
  if (is_numeric_address(from)) state.reached[peer.who.name] = from;
}

void note_absence(cluster_state& state, const link_lost& lost,
                  std::chrono::steady_clock::time_point now) {
  std::string key;
  absence what{absence::kind_t::not_joined, {}, lost.where, lost.reason};
  if (const auto at = state.joining.find(lost.link.address()); at != state.joining.end()) {
    key = to_string(at->second.place);
    what.who = at->second.remembered;
  }
  for (const auto& [name, link] : state.links)
    if (link == lost.link) key = what.who = name;
  if (!what.who.empty()) what.kind = absence::kind_t::missing;
  if (key.empty()) return;
  while (what.why.ends_with('.')) what.why.pop_back();
  if (const auto line = state.absent.failed(key, what, now)) spdlog::warn("{}", *line);
}

bool take_over(cluster_state& state, const local_addresses& machine) {
  state.config.machine = machine;
  auto now = addresses_of_self(state.config.listen_address, machine);
  auto& self = state.config.self;
  if (now == self.addresses) return false;
  self.addresses = std::move(now);
  ++self.incarnation;
  state.view.members[self.name] = self;
  const auto text = joined(self.addresses);
  spdlog::info("this machine's addresses: {}", text.empty() ? "none" : text);
  return true;
}

}  // namespace bramble
