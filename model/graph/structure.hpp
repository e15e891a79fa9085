#pragma once

#include <optional>
#include <vector>

#include "model/graph/graph.hpp"

namespace bramble {

/// One of a layer's parallel parts: ops that are connected with each other, in topological order.
struct branch {
  std::vector<op_id> ops;
};

/// A part of the graph that everything passes through one value to enter, and one op to leave. The
/// layers of a graph hold every op once, in topological order.
struct layer {
  std::vector<branch> branches;  ///< one: a chain
  std::optional<op_id> join;  ///< the cut vertex that reads what the branches make; none in a chain
  std::vector<value_id> entry;  ///< what is read from before the layer, ascending

  bool is_chain() const { return branches.size() == 1 && !join; }
};

/// Ops [first, last) between two cut vertices: `last - 1` is one, or the end of the graph. In a
/// graph whose ops all lie between its input and output, nothing but the last op's value is read
/// later.
struct stretch {
  op_id first = 0;
  op_id last = 0;
};

/// The finest division at cut vertices. Covers all ops.
std::vector<stretch> stretches_of(const graph& g);

/// Layers as the seed scheme means them: a stretch with parallel branches is a layer, its join
/// included; neighbouring stretches without any are one chain.
std::vector<layer> layers_of(const graph& g);

/// The branches of ops [first, last): connected components of their values, by their first op.
std::vector<branch> branches_of(const graph& g, op_id first, op_id last);

/// The longest way through the graph when each op takes `weight[op]`. Whole-branch splitting gains
/// at most the sum of the weights over this, whatever the number of devices and the network.
double critical_path(const graph& g, const std::vector<double>& weight);

}  // namespace bramble
