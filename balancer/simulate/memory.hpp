#pragma once

#include <optional>

#include "balancer/cost/cost.hpp"
#include "model/plan/schedule.hpp"

namespace bramble {

/// Fills in what the plan takes of each node (node_verdict::weight_bytes, buffer_bytes). Of weights
/// the parts count that the node's pieces need (model/graph/weight_parts.hpp). Buffers live from
/// the step before the first that reads or makes them (a transfer is there early) to the last,
/// inputs from the start, results to the end. `prog` is derived from `p`; `p` has a verdict for
/// every node.
void find_memory(const graph& g, const program& prog, plan& p);

/// The weights alone; here `p` may say several times who makes an op.
void find_weights(const graph& g, plan& p);

/// What the node has for a model: its memory without what the system needs; none where the shelf
/// does not say (memory_mb is 0).
std::optional<std::uint64_t> memory_for_models(const shelf_node& node);

/// The nodes of which a plan wants more than they have, ascending; empty: it fits.
std::vector<std::uint16_t> overfull(const shelf& s, const plan& p);

/// The memory, as a shelf file gives it, of a node on which a model has room for `bytes`.
std::uint64_t memory_mb_for(std::uint64_t bytes);

/// "pi3 lacks memory: 171 MB of weights and 23 MB of buffers, 128 MB are free for them" - without a
/// full stop. The node's memory must be known.
std::string lack_of_memory(const shelf_node& node, const node_verdict& need);

/// What memory the nodes of a shelf have, for whoever tries many candidates of one model.
class memory_limit {
 public:
  /// Keeps a reference to `cost`.
  memory_limit(const cost_model& cost, std::uint16_t host);

  /// False where every node has room for all weights and all values at once.
  bool binds() const { return binds_; }
  /// What a node has; none where that is not known.
  std::optional<std::uint64_t> room(std::size_t node) const { return rooms_[node]; }

  /// Whether every node has room for its part.
  bool holds(const piece_table& pieces) const;

  /// By node.
  std::vector<std::uint64_t> weights_of(const piece_table& pieces) const;
  std::vector<std::uint64_t> buffers_of(const piece_table& pieces) const;

 private:
  bool has_room(const std::vector<std::uint64_t>& bytes) const;

  const graph& graph_;
  std::uint16_t host_;
  std::vector<std::optional<std::uint64_t>> rooms_;  // by node
  bool binds_ = false;
};

/// A copy of `s` on which only `nodes` can usefully compute: the others keep their links, and the
/// host its part of bringing the input, but are far too slow for anything.
shelf only(const shelf& s, const std::vector<std::uint16_t>& nodes);

}  // namespace bramble
