#pragma once

#include <optional>
#include <span>

#include "model/plan/plan.hpp"

namespace bramble {

/// Which of a node's ready plans need not be ready any more now that the last of `ready` (in the
/// order in which they became so) is; empty: none. It is the oldest of more than
/// defaults::installed_plans_alike for the last one's model, method, wire, host and workers, or of
/// more than defaults::installed_plans_of_host whoever works. Pure.
std::optional<std::size_t> plan_eviction(std::span<const plan* const> ready);

}  // namespace bramble
