#include "actors/membership/cluster_joins.hpp"

#include <algorithm>

#include "actors/membership/peer_link.hpp"
#include "config/defaults_addresses.hpp"

namespace bramble {

peer_link_actor start_link(cluster_pointer self, places where, const std::string& expected,
                           bool awaits_offer, std::chrono::milliseconds backoff_last) {
  auto& config = self->state.config;
  peer_link_config link;
  link.where = std::move(where);
  link.expected = expected;
  link.awaits_offer = awaits_offer;
  link.backoff_last = backoff_last;
  link.me = {config.me, config.self};
  link.my_node = self->state.node;
  link.owner = link_owner{self};
  link.dialer = config.make_dialer();
  return self->spawn(peer_link, std::move(link));
}

void join(cluster_pointer self) {
  auto& state = self->state;
  for (const auto& where : state.config.join) {
    const bool under_way =
        std::any_of(state.joining.begin(), state.joining.end(),
                    [&](const auto& each) { return each.second.place == where; });
    const auto known = state.joined.find(where);
    const bool linked = known != state.joined.end() && (known->second == state.config.self.name ||
                                                        state.links.count(known->second) != 0);
    if (under_way || linked) continue;
    const auto link = start_link(self, {{where.host}, where.port}, "");
    state.joining.emplace(link.address(), cluster_state::joining_link{link, where});
  }
}

void recall(cluster_pointer self) {
  auto& state = self->state;
  // The same node looked for at --join as well would be dialled twice at once.
  if (!state.config.join.empty() && self->clock().now() - state.begun < defaults::recall_after)
    return;
  for (const auto& [address, each] : std::map{state.joining})
    if (!each.remembered.empty() && state.view.members.count(each.remembered) != 0) {
      state.absent.over(to_string(each.place));
      state.joining.erase(address);
      self->send_exit(each.link, caf::exit_reason::user_shutdown);
    }
  for (const auto& [name, peer] : state.remembered.peers) {
    const bool under_way =
        std::any_of(state.joining.begin(), state.joining.end(),
                    [&, &who = name](const auto& each) { return each.second.remembered == who; });
    if (under_way || state.view.members.count(name) != 0) continue;
    places where{places_to_try(peer.addresses, "", state.config.machine.interfaces),
                 peer.control_port};
    if (where.hosts.empty()) continue;
    const endpoint place{where.hosts.front(), where.port};
    const auto link =
        start_link(self, std::move(where), name, false, defaults::remembered_backoff_last);
    state.joining.emplace(link.address(), cluster_state::joining_link{link, place, name});
  }
}

void note_peers(cluster_pointer self) {
  auto& state = self->state;
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  if (remember(state.remembered, state.view, state.config.self.name, state.reached,
               static_cast<std::uint64_t>(now.count())) &&
      state.config.notebook)
    self->send(state.config.notebook, format_peers(state.remembered));
}

}  // namespace bramble
