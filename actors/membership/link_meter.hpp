#pragma once

#include "actors/internal/local_messages.hpp"
#include "actors/transport/data_plane/probing.hpp"

namespace bramble {

/// What this node's data plane knows of its links.
std::vector<link_report> read_links(const data_plane& plane);

struct link_meter_state {
  static inline const char* name = "link_meter";
  prober probes;
  struct forced_links {
    std::set<std::string> peers;
    caf::response_promise promise;
  };
  std::vector<forced_links> forced;
};

/// Transfers measure their links by themselves; this actor sends probes over links whose rate is
/// not settled, so that the first plan knows them, and over those that carry nothing now and then.
/// Messages: (asked_atom), somebody plans with the rates; (probe_atom, node_names) -> true once the
/// links to those were measured anew, or are down; (detail_atom) -> text; (next_probe_atom) to
/// itself.
caf::behavior link_meter_actor(caf::stateful_actor<link_meter_state>* self, data_plane* plane);

}  // namespace bramble
