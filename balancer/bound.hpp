#pragma once

#include "balancer/cost.hpp"

namespace bramble {

/// No plan takes less in the cost model, simulated: the larger of
/// - all work at each op's best rate, spread without loss over all nodes;
/// - the longest chain of ops that run whole (they wait for everything that they depend on), with
/// the
///   work that can only happen before, between and after them spread without loss.
/// Ignores everything that crosses the network and all rounding.
double lower_bound_ms(const cost_model& cost);

/// All work spread without loss over all nodes: what a request of a stream takes at least of the
/// shelf, whatever happens at the same time.
double work_bound_ms(const cost_model& cost);

}  // namespace bramble
