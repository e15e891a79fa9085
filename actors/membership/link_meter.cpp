#include "actors/membership/link_meter.hpp"

#include <cstdio>

namespace bramble {

std::vector<link_report> read_links(const tensor_transport& plane) {
  std::vector<link_report> out;
  for (const auto& link : plane.stats())
    if (link.up) out.push_back({link.peer, link.mbit_out.value_or(0), link.rtt_ms.value_or(0)});
  return out;
}

namespace {

using link_meter_pointer = private_link_meter::stateful_pointer<link_meter_state>;

/// Tells those whose links are done.
void tell_who_waits(link_meter_state& state) {
  std::erase_if(state.forced, [&](link_meter_state::forced_links& each) {
    std::erase_if(each.peers,
                  [&](const std::string& peer) { return !state.probes.is_forced(peer); });
    if (each.peers.empty()) each.promise.deliver(true);
    return each.peers.empty();
  });
}

void look(link_meter_pointer self, tensor_transport& plane) {
  auto& state = self->state;
  const auto peer = state.probes.next(plane.stats(), std::chrono::steady_clock::now());
  if (peer) plane.probe(*peer);
  tell_who_waits(state);
  self->delayed_send(self, state.probes.pause(), next_probe_atom::value);
}

}  // namespace

private_link_meter::behavior_type link_prober(link_meter_pointer self, tensor_transport* plane) {
  self->send(self, next_probe_atom::value);
  return {
      [=](next_probe_atom) { look(self, *plane); },
      [=](asked_atom) { self->state.probes.asked(std::chrono::steady_clock::now()); },
      [=](probe_atom, const node_names& whom) -> caf::result<bool> {
        auto& state = self->state;
        for (const auto& name : whom.names) state.probes.force(name);
        auto promise = self->make_response_promise<bool>();
        state.forced.push_back({{whom.names.begin(), whom.names.end()}, promise});
        return promise;
      },
      [=](detail_atom) -> std::string {
        std::string out;
        for (const auto& link : read_links(*plane)) {
          char text[160];
          std::snprintf(text, sizeof text, "%s%s %.0f Mbit/s %.2f ms", out.empty() ? "" : ", ",
                        link.to.c_str(), link.mbit, link.rtt_ms);
          out += text;
        }
        return out.empty() ? "no links yet" : out;
      },
  };
}

}  // namespace bramble
