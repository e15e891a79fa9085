#pragma once

#include "balancer/cost/cost.hpp"

namespace bramble {

/// No plan takes less in the cost model, simulated: the largest of
/// - all work at each op's best rate, spread without loss over all nodes;
/// - the longest chain of ops that run whole (they wait for everything that they depend on), with
///   the work that can only happen before, between and after them spread without loss;
/// - what the host must send for others to do their part: see `crossing_bound_ms`.
/// Ignores halos, exchanges among the others and all rounding.
double lower_bound_ms(const cost_model& cost);

/// The least time in which the host does what the others cannot yet have been sent the bytes for:
/// all of them leave through its card, and every other node takes its own through its card. What
/// others make of an op is limited by the narrowest place between the graph's inputs and that op.
/// With others too slow to reach it is the host alone.
double crossing_bound_ms(const cost_model& cost);

/// All work spread without loss over all nodes: what a request of a stream takes at least of the
/// shelf, whatever happens at the same time.
double work_bound_ms(const cost_model& cost);

}  // namespace bramble
