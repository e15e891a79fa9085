#pragma once

#include "actors/local_messages.hpp"
#include "model/graph/store.hpp"

namespace bramble {

/// The actors of a node behind its face.
struct node_parts {
  caf::actor cluster;
  caf::actor coordinator;
  caf::actor requester;
  caf::actor desk;  ///< parcel_desk
  caf::actor executor;
  caf::actor keeper;
  std::vector<std::pair<std::string, caf::actor>> all;  ///< by name, for `actors`
};

struct node_state {
  static inline const char* name = "node";
  hello me;
  model_store store{""};
  node_parts parts;
};

/// The face of a node: the one published actor, and the only one peers and clients ever see. It
/// hands every message to the actor whose work it is. Detached actors are asked by request: a
/// handle of theirs that left the node would keep the process from ending.
node_actor::behavior_type node(node_actor::stateful_pointer<node_state> self, hello me,
                               model_store store, node_parts parts);

}  // namespace bramble
