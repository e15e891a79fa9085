#pragma once

#include "balancer/policy/policy.hpp"
#include "balancer/shelf/shelf.hpp"
#include "model/plan/plan.hpp"

namespace bramble {

/// Whether a new look for plans is worth its time: another set of nodes, a node's speed or a link's
/// rate that moved by more than defaults::review_change since `before`. Pure.
bool has_changed(const shelf& before, const shelf& now);

/// Whether a node is ready that was not. Pure.
bool somebody_came(const shelf& before, const shelf& now);

/// Whether a link's rate moved by more than defaults::rebalance_moved, or a node's speed did
/// against what most nodes did: the first runs of a model make all nodes look alike slower or
/// faster than their calibrations. Pure.
bool has_moved(const shelf& before, const shelf& now);

/// What the policy needs to know of `p` when a request of it takes `ms`. Pure.
plan_outlook outlook_of(const plan& p, double ms);

}  // namespace bramble
