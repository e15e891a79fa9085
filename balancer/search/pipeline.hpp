#pragma once

#include <optional>

#include "balancer/cost/cost.hpp"

namespace bramble {

/// The graph cut into as many consecutive parts as there are nodes in `order` (fewer, where that is
/// better), one part for each in that order, so that the longest takes as short as possible: the
/// most requests a second that can follow one another through it, and the least weights per node.
/// Weights must fit each node's memory. Pieces ascend by op; none when no such division fits.
std::optional<std::vector<piece>> pipeline_pieces(const cost_model& cost,
                                                  const std::vector<std::uint16_t>& order);

}  // namespace bramble
