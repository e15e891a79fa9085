#pragma once

#include "actors/internal/actors.hpp"
#include "actors/transport/data_plane/probing.hpp"

namespace bramble {

/// What this node's data plane knows of its links.
std::vector<link_report> read_links(const tensor_transport& plane);

using next_probe_atom = caf::atom_constant<caf::atom("nextprobe")>;
/// With its reminder to itself.
using private_link_meter = link_meter_actor::extend<caf::reacts_to<next_probe_atom>>;

struct link_meter_state {
  static inline const char* name = "link_meter";
  prober probes;
  struct forced_links {
    std::set<std::string> peers;
    caf::typed_response_promise<bool> promise;
  };
  std::vector<forced_links> forced;
};

/// Transfers measure their links by themselves; this actor sends probes over links whose rate is
/// not settled, so that the first plan knows them, and over those that carry nothing now and then.
/// `plane` outlives the actor.
private_link_meter::behavior_type link_prober(
    private_link_meter::stateful_pointer<link_meter_state> self, tensor_transport* plane);

}  // namespace bramble
