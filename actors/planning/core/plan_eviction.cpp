#include "actors/planning/core/plan_eviction.hpp"

#include <algorithm>

#include "config/defaults.hpp"

namespace bramble {
namespace {

bool are_alike(const plan& a, const plan& b) {
  return a.identity == b.identity && a.method == b.method && a.wire == b.wire &&
         a.nodes[a.host] == b.nodes[b.host];
}

}  // namespace

std::optional<std::size_t> plan_eviction(std::span<const plan* const> ready) {
  if (ready.empty()) return std::nullopt;
  const auto alike = [&](const plan* p) { return are_alike(*p, *ready.back()); };
  if (static_cast<std::size_t>(std::count_if(ready.begin(), ready.end(), alike)) <=
      defaults::installed_plans_alike)
    return std::nullopt;
  return std::find_if(ready.begin(), ready.end(), alike) - ready.begin();
}

}  // namespace bramble
