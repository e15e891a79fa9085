#pragma once

#include "balancer/cost/cost.hpp"

namespace bramble {

/// Fills in what the simulator, the bound and the memory say of `p`'s pieces: everything but the
/// reasons and `plan_ms`. `p` has a verdict for every node.
void predict(const cost_model& cost, plan& p);

}  // namespace bramble
