#pragma once

#include "balancer/plan.hpp"
#include "balancer/policy.hpp"
#include "balancer/shelf.hpp"

namespace bramble {

/// Another set of nodes or links, or a node's speed or a link's rate that moved by more than
/// `factor` since `before`: by defaults::review_change a new look for plans is worth its time.
/// Pure.
bool has_changed(const shelf& before, const shelf& now, double factor);

/// What the policy needs to know of `p` when a request of it takes `ms`. Pure.
plan_outlook outlook_of(const plan& p, double ms);

}  // namespace bramble
