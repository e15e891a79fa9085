#include "actors/plan_review.hpp"

#include <algorithm>

#include "config/defaults.hpp"

namespace bramble {
namespace {

bool moved(double before, double now, double factor) {
  const auto [low, high] = std::minmax(before, now);
  return high > low * factor;
}

}  // namespace

bool has_changed(const shelf& before, const shelf& now, double factor) {
  if (before.nodes.size() != now.nodes.size() || before.links.size() != now.links.size())
    return true;
  for (std::size_t i = 0; i < now.nodes.size(); ++i)
    if (before.nodes[i].name != now.nodes[i].name ||
        moved(before.nodes[i].gmacs, now.nodes[i].gmacs, factor))
      return true;
  for (std::size_t i = 0; i < now.links.size(); ++i)
    if (before.links[i].a != now.links[i].a || before.links[i].b != now.links[i].b ||
        moved(before.links[i].mbit, now.links[i].mbit, factor))
      return true;
  return false;
}

plan_outlook outlook_of(const plan& p, double ms) {
  plan_outlook out;
  auto anonymous = p;
  anonymous.epoch = 0;
  out.key = key_of(anonymous);
  out.ms = ms;
  for (std::size_t i = 0; i < p.nodes.size(); ++i)
    if (i == p.host || p.verdicts[i].in) out.nodes.push_back(p.nodes[i]);
  return out;
}

}  // namespace bramble
