#pragma once

#include <functional>

#include "balancer/planner.hpp"

namespace bramble {

/// The plan that `make` gives for the shelf. Where it does not fit, the quicker of two: the nodes
/// without room keep the part that they have room for (balancer/relieve.hpp), or do nothing. When
/// neither can be, consecutive parts of the model (balancer/pipeline.hpp). Only method "bramble"
/// has this choice: the others say exactly who does what. Throws `user_error` with the numbers when
/// nothing fits.
plan fitting_plan(const graph& g, const shelf& s, const plan_request& request,
                  const std::function<plan(const shelf&)>& make);

}  // namespace bramble
