#include "actors/planning/core/plan_review.hpp"

#include <algorithm>

#include "config/base/median.hpp"
#include "config/defaults.hpp"

namespace bramble {
namespace {

bool moved(double before, double now, double factor) {
  const auto [low, high] = std::minmax(before, now);
  return high > low * factor;
}

bool same_nodes(const shelf& before, const shelf& now) {
  return std::ranges::equal(before.nodes, now.nodes, {}, &shelf_node::name, &shelf_node::name);
}

bool same_links(const shelf& before, const shelf& now) {
  return std::ranges::equal(before.links, now.links,
                            [](const auto& x, const auto& y) { return x.a == y.a && x.b == y.b; });
}

bool any_link_moved(const shelf& before, const shelf& now, double factor) {
  return !std::ranges::equal(before.links, now.links, [&](const auto& x, const auto& y) {
    return !moved(x.mbit, y.mbit, factor);
  });
}

}  // namespace

bool has_changed(const shelf& before, const shelf& now) {
  return !same_nodes(before, now) || !same_links(before, now) ||
         any_link_moved(before, now, defaults::review_change) ||
         !std::ranges::equal(before.nodes, now.nodes, [](const auto& x, const auto& y) {
           return !moved(x.gmacs, y.gmacs, defaults::review_change);
         });
}

bool somebody_came(const shelf& before, const shelf& now) {
  return std::ranges::any_of(now.nodes,
                             [&](const shelf_node& each) { return !before.has(each.name); });
}

bool has_moved(const shelf& before, const shelf& now) {
  if (!same_nodes(before, now)) return true;
  // A link that is measured for the first time has not moved.
  if (same_links(before, now) && any_link_moved(before, now, defaults::rebalance_moved))
    return true;
  std::vector<double> ratios;
  ratios.reserve(now.nodes.size());
  for (std::size_t i = 0; i < now.nodes.size(); ++i)
    ratios.push_back(now.nodes[i].gmacs / before.nodes[i].gmacs);
  const auto usual = median(ratios);
  return std::ranges::any_of(
      ratios, [&](double ratio) { return moved(usual, ratio, defaults::rebalance_moved); });
}

plan_outlook outlook_of(const plan& p, double ms) {
  plan_outlook out;
  auto anonymous = p;
  anonymous.epoch = 0;
  out.key = key_of(anonymous);
  out.ms = ms;
  for (const auto i : participants(p)) out.nodes.push_back(p.nodes[i]);
  return out;
}

}  // namespace bramble
