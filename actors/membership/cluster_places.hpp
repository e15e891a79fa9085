#pragma once

#include "actors/membership/cluster.hpp"
#include "actors/membership/dialer.hpp"

/// Where the cluster actor thinks everybody is, and what it tells whom about it.
namespace bramble {

/// Where to look for a member; `port` is that of the control plane.
places places_of(const cluster_state& state, const member& whom);

/// The likeliest address of a member, for people and for clients that are sent on; its control
/// port.
endpoint best_place(const cluster_state& state, const member& whom);

/// Whether the peer's connection stays on this machine.
bool is_over_loopback(const cluster_state& state, const std::string& name);

/// The view and the report that this peer is told.
gossip news_for(const cluster_state& state, const std::string& name);

/// A peer that dialled us came from there. An address that is none is not believed.
void note_origin(cluster_state& state, const introduction& peer);

/// A link did not come up, or was lost: to be told, and shown by `status`.
void note_absence(cluster_state& state, const link_lost& lost,
                  std::chrono::steady_clock::time_point now);

/// This machine has other addresses now. True when what is told of this node changed.
bool take_over(cluster_state& state, const local_addresses& machine);

}  // namespace bramble
