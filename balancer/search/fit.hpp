#pragma once

#include <functional>

#include "balancer/search/plan_request.hpp"
#include "balancer/shelf/shelf.hpp"

namespace bramble {

/// A plan of this model, shelf and request in which nobody does anything yet.
plan empty_plan(const graph& g, const shelf& s, const plan_request& request);

/// The plan that `make` gives for the shelf. Where it does not fit, the quickest of three: the
/// nodes without room keep the part that they have room for (balancer/search/fit_memory.hpp), or do
/// nothing, or weights are divided (balancer/search/weight_shares.hpp). When none can be,
/// consecutive parts of the model (balancer/search/pipeline.hpp). Only method "bramble" has this
/// choice: the others say exactly who does what. Throws `user_error` with the numbers when nothing
/// fits, the least memory with which it would among them.
plan fitting_plan(const graph& g, const shelf& s, const plan_request& request,
                  const std::function<plan(const shelf&)>& make);

/// Consecutive parts of the model, one for each node, the host's first and then the fastest: for
/// many requests, which follow one another through it. Throws `user_error` when no such division
/// fits.
plan pipeline_plan(const graph& g, const shelf& s, const plan_request& request);

}  // namespace bramble
