#pragma once

#include <optional>

#include "balancer/cost/cost.hpp"

namespace bramble {

/// `p` with the nodes that lack memory working on fewer ops: of those with the most weights for the
/// least work their part goes to a neighbour in the map, until the rest fits. None when that does
/// not help: their buffers alone are too much, or the neighbours have no room either. Predicted
/// anew.
std::optional<plan> fit_memory(const cost_model& cost, plan p);

}  // namespace bramble
