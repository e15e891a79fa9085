#include "actors/link_meter.hpp"

#include <cstdio>

namespace bramble {

std::vector<link_report> read_links(const data_plane& plane) {
  std::vector<link_report> out;
  for (const auto& link : plane.stats())
    if (link.up) out.push_back({link.peer, link.mbit_out.value_or(0), link.rtt_ms.value_or(0)});
  return out;
}

caf::behavior link_meter_actor(caf::stateful_actor<link_meter_state>* self, data_plane* plane) {
  self->send(self, measure_atom::value);
  return {
      [=](measure_atom) {
        auto& probes = self->state.probes;
        const auto peer = probes.next(plane->stats(), std::chrono::steady_clock::now());
        if (peer) plane->probe(*peer);
        self->delayed_send(self, probes.pause(), measure_atom::value);
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
