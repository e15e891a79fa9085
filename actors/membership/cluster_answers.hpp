#pragma once

#include "actors/membership/cluster.hpp"

/// What the cluster actor is asked by others, and answers when it knows.
namespace bramble {

/// A node dialled us: who we are, or an error that says who has its name already.
caf::result<hello> answer_offer(cluster_pointer self, const link_offer& offer);

caf::result<cluster_status> answer_status(cluster_pointer self);

/// Tells every peer that this node leaves. The answers tell that they know; one that gives none in
/// time will see the connection break.
caf::result<leave_reply> leave(cluster_pointer self);

/// Those of `whom` that give no sign of life, or have no link.
caf::result<node_names> reach(cluster_pointer self, const node_names& whom);

/// To the host of the request.
void forward_failure(cluster_pointer self, const run_failure& what);

}  // namespace bramble
