#pragma once

#include <functional>

#include "balancer/planner.hpp"

namespace bramble {

/// The plan that `make` gives for the shelf, or the best it gives once the nodes on which it does
/// not fit do nothing; when no node can hold the model, consecutive parts of it
/// (balancer/pipeline.hpp). Only for method "bramble" anything but the first is tried: the others
/// say exactly who does what. Throws `user_error` with the numbers when nothing fits.
plan fitting_plan(const graph& g, const shelf& s, const plan_request& request,
                  const std::function<plan(const shelf&)>& make);

}  // namespace bramble
