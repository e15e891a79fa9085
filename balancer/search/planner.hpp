#pragma once

#include <string>

#include "balancer/cost/cost.hpp"
#include "balancer/search/plan_request.hpp"

namespace bramble {

/// Makes a plan for `g` on `s` by the named method, with prediction, bound and verdicts filled in.
/// Throws `user_error` for an unknown method or an impossible shelf. Every method's prediction
/// comes from the same simulator. Equal input gives equal plans (`plan_ms` aside): `identity` and
/// `epoch` are the caller's to fill in.
///
/// - one: everything on the host.
/// - seed, seed-exact: see balancer/baseline/seed.hpp; whole branches, greedy or optimal in their
/// own cost model.
/// - pipeline: consecutive parts of the model, one for each node, for requests that follow one
///   another (balancer/search/pipeline.hpp).
/// - latency: as bramble, for requests that share the shelf whatever else is asked of it.
/// - bramble: maps divided in proportion to capacity, improved by local search on the simulator
///   (balancer/search/search.hpp) for the nodes that are worth having
///   (balancer/search/device_set.hpp).
///
/// With a team, only its nodes work; the host has the input and wants the answer whether it is one
/// of them or not. Exact, only what keeps the host's bits is divided
/// (balancer/shelf/exactness.hpp), and a wire that rounds is a `user_error`.
///
/// Where the shelf says what memory nodes have, only plans that fit are given
/// (balancer/search/fit.hpp); when there is none, the `user_error` has the numbers.
plan make_plan(const graph& g, const shelf& s, const plan_request& request);

}  // namespace bramble
