#include "actors/superfluous_plan.hpp"

#include <algorithm>

#include "config/defaults.hpp"

namespace bramble {
namespace {

bool are_alike(const plan& a, const plan& b) {
  return a.identity == b.identity && a.method == b.method && a.wire == b.wire &&
         a.nodes[a.host] == b.nodes[b.host];
}

}  // namespace

std::optional<std::size_t> superfluous_plan(std::span<const plan* const> installed) {
  if (installed.empty()) return std::nullopt;
  const auto alike = [&](const plan* p) { return are_alike(*p, *installed.back()); };
  const auto count = std::count_if(installed.begin(), installed.end(), alike);
  if (static_cast<std::size_t>(count) > defaults::installed_plans_alike)
    return std::find_if(installed.begin(), installed.end(), alike) - installed.begin();
  if (installed.size() > defaults::installed_plans) return 0;
  return std::nullopt;
}

}  // namespace bramble
