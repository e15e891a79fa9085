#pragma once

#include "actors/internal/actors.hpp"

namespace bramble {

struct remeasurer_config {
  std::string self;
  tensor_transport* plane = nullptr;  ///< outlives the actor
  link_meter_actor links;
  capacity_meter_actor meter;
};

using next_look_atom = caf::atom_constant<caf::atom("nextlook")>;
/// With its reminder to itself.
using private_remeasurer = remeasurer_actor::extend<caf::reacts_to<next_look_atom>>;

/// Has this node measured anew because somebody says so: its speed, and its links in both
/// directions, the peers' ends by the peers. And reminds the capacity meter to look whether it is
/// time: a detached actor that has sent itself a message for later keeps CAF from ending.
struct remeasurer_state {
  static inline const char* name = "remeasurer";
  remeasurer_config config;
  directory_ptr peers;
};

private_remeasurer::behavior_type remeasurer(
    private_remeasurer::stateful_pointer<remeasurer_state> self, remeasurer_config config);

}  // namespace bramble
