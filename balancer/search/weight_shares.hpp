#pragma once

#include <optional>

#include "balancer/search/group_search.hpp"

namespace bramble {

/// Divides a model whose weights no node, or not every node, has room for: slices of channels where
/// weights are heavy, rows where they are light, ops whole where they cannot be divided. Tries the
/// fastest 2, 3 ... of the nodes that have any room, and each one alone. The quickest that fits,
/// before any search; none when it finds none. Its effort depends on the shelf alone, so that
/// whoever asks with the same memory gets the same answer.
std::optional<device_set> weights_divided(const cost_model& cost, plan_search& search);

/// The least memory of its nodes with which `weights_divided` finds something, in the shelf file's
/// megabytes: nodes that have less get so much, the others keep what they have.
std::uint64_t least_memory_mb(const graph& g, const shelf& s, wire_type wire);

/// A copy of `s` whose nodes have at least so much memory.
shelf with_memory(const shelf& s, std::uint64_t megabytes);

}  // namespace bramble
