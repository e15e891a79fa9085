#include "actors/planning/core/plan_eviction.hpp"

#include <vector>

#include "config/defaults.hpp"
#include "config/defaults_load.hpp"

namespace bramble {
namespace {

bool have_one_purpose(const plan& a, const plan& b) {
  return a.identity == b.identity && a.method == b.method && a.wire == b.wire &&
         a.nodes[a.host] == b.nodes[b.host];
}

}  // namespace

std::optional<std::size_t> plan_eviction(std::span<const plan* const> ready) {
  if (ready.empty()) return std::nullopt;
  const auto& last = *ready.back();
  const auto team = names_of_workers(last);
  std::vector<std::size_t> same_purpose, same_team;
  for (std::size_t i = 0; i < ready.size(); ++i) {
    if (!have_one_purpose(*ready[i], last)) continue;
    same_purpose.push_back(i);
    if (names_of_workers(*ready[i]) == team) same_team.push_back(i);
  }
  if (same_team.size() > defaults::installed_plans_alike) return same_team.front();
  if (same_purpose.size() > defaults::installed_plans_of_host) return same_purpose.front();
  return std::nullopt;
}

}  // namespace bramble
