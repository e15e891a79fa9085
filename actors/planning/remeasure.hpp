#pragma once

#include "actors/internal/local_messages.hpp"

namespace bramble {

struct remeasurer_config {
  std::string self;
  data_plane* plane = nullptr;  ///< outlives the actor
  caf::actor links;             ///< link_meter
  caf::actor meter;             ///< capacity_meter
};

/// Has this node measured anew because somebody says so: its speed, and its links in both
/// directions, the peers' ends by the peers. And reminds the capacity meter to look whether it is
/// time: a detached actor that has sent itself a message for later keeps CAF from ending.
struct remeasurer_state {
  static inline const char* name = "remeasurer";
  remeasurer_config config;
  directory_ptr peers;
};

/// Messages: (probe_atom, node) -> probe_report; with a node's name, only our end of the link to it
/// is measured, and the report is empty; directory_ptr; (next_look_atom) to itself; (detail_atom)
/// -> text.
caf::behavior remeasurer(caf::stateful_actor<remeasurer_state>* self, remeasurer_config config);

}  // namespace bramble
