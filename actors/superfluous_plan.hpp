#pragma once

#include <optional>
#include <span>

#include "balancer/plan.hpp"

namespace bramble {

/// Which of a node's plans to let go of now that the last of `installed` (in the order in which
/// they were) is there; empty: none. More than defaults::installed_plans_alike for the last one's
/// model, method, wire and host are too many, and more than defaults::installed_plans in all; then
/// the oldest of them goes. Pure.
std::optional<std::size_t> superfluous_plan(std::span<const plan* const> installed);

}  // namespace bramble
