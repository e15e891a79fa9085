#pragma once

#include <optional>

#include "balancer/program.hpp"
#include "balancer/shelf.hpp"

namespace bramble {

/// Fills in what the plan takes of each node (node_verdict::weight_bytes, buffer_bytes). Weights
/// count whole for each op of which a node makes any part. Buffers live from the step before the
/// first that reads or makes them (a transfer is there early) to the last, inputs from the start,
/// results to the end. `prog` is derived from `p`; `p` has a verdict for every node.
void find_memory(const graph& g, const program& prog, plan& p);

/// The weights alone; here `p` may say several times who makes an op.
void find_weights(const graph& g, plan& p);

/// What the node has for a model: its memory without what the system needs; none where the shelf
/// does not say (memory_mb is 0).
std::optional<std::uint64_t> memory_for_models(const shelf_node& node);

/// The nodes of which a plan wants more than they have, ascending; empty: it fits.
std::vector<std::uint16_t> overfull(const shelf& s, const plan& p);

/// "pi3 lacks memory: 171 MB of weights and 23 MB of buffers, 128 MB are free for them" - without a
/// full stop. The node's memory must be known.
std::string lack_of_memory(const shelf_node& node, const node_verdict& need);

/// A copy of `s` on which only `nodes` can usefully compute: the others keep their links, and the
/// host its part of bringing the input, but are far too slow for anything.
shelf only(const shelf& s, const std::vector<std::uint16_t>& nodes);

}  // namespace bramble
