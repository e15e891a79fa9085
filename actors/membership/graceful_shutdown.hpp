#pragma once

#include "actors/internal/actors.hpp"

namespace bramble {

/// Those of a node's actors that have to finish before it may end.
struct leaving_actors {
  cluster_actor cluster;
  requester_actor requester;
  chunk_buffer_actor chunk_buffer;
  branch_executor_actor executor;
};

/// Tells the peers that this node leaves, then waits until nothing runs on it any more, its own
/// requests and parts of others' alike. What takes longer than `defaults::finish_timeout` is not
/// lost: clients of this node are sent to another, and hosts notice that we are gone and try again.
/// Blocks the calling thread, which must be none of CAF's.
void shut_down_gracefully(caf::actor_system& system, const leaving_actors& actors);

}  // namespace bramble
