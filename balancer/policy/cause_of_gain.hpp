#pragma once

#include <functional>
#include <vector>

#include "balancer/policy/plan_cause.hpp"

namespace bramble {

/// What a new plan gains over the one in use on a shelf, in ms.
using gain_function = std::function<double(const shelf&)>;

/// The causes between two shelves, those first that explain most of what the new plan gains: each
/// is undone by itself, and its weight is by how much less the new plan would gain then. On a busy
/// machine many things move a little, and the one that moved most may have nothing to do with the
/// plan. Those that are clearest first, where nodes came or went or none explains anything. `gain`
/// is asked of shelves with the nodes of `now`, in that order. Pure if `gain` is.
std::vector<plan_cause> causes_of_gain(const shelf& before, const shelf& now,
                                       const gain_function& gain);

}  // namespace bramble
