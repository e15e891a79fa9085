#include "balancer/policy/cause_of_gain.hpp"

#include <algorithm>
#include <iterator>

#include "config/defaults_measuring.hpp"

namespace bramble {
namespace {

using cause_t = plan_cause::kind_t;

bool same_nodes(const shelf& before, const shelf& now) {
  return std::ranges::is_permutation(before.nodes, now.nodes, {}, &shelf_node::name,
                                     &shelf_node::name);
}

void speed_up(shelf_node& node, double factor) {
  node.gmacs *= factor;
  node.table.stretch(1 / factor);
}

bool is_between(const shelf_link& link, const plan_cause& cause) {
  return (link.a == cause.node && link.b == cause.other) ||
         (link.a == cause.other && link.b == cause.node);
}

/// A link's rate as it was; of one that was not measured then nothing is known.
void take_back_rates(shelf& s, const shelf& before,
                     const std::function<bool(const shelf_link&)>& concerned) {
  std::erase_if(s.links, concerned);
  std::ranges::copy_if(before.links, std::back_inserter(s.links), concerned);
}

/// `now`, had this not happened.
shelf without(const plan_cause& cause, const shelf& before, shelf now) {
  switch (cause.kind) {
    case cause_t::node_speed:
      speed_up(now.nodes[now.index_of(cause.node)], cause.before / cause.after);
      break;
    case cause_t::all_speeds:
      for (auto& node : now.nodes) speed_up(node, cause.before / cause.after);
      break;
    case cause_t::link_rate:
    case cause_t::link_measured:
      take_back_rates(now, before, [&](const shelf_link& link) { return is_between(link, cause); });
      break;
    case cause_t::node_rates:
      take_back_rates(now, before, [&](const shelf_link& link) {
        return link.a == cause.node || link.b == cause.node;
      });
      break;
    default:  // of nodes that came and went
      break;
  }
  return now;
}

}  // namespace

std::vector<plan_cause> causes_of_gain(const shelf& before, const shelf& now,
                                       const gain_function& gain) {
  auto clearest = causes_between(before, now);
  if (clearest.size() < 2 || !same_nodes(before, now)) return clearest;
  auto out = clearest;
  out.resize(std::min(out.size(), defaults::causes_weighed));
  const auto all = gain(now);
  for (auto& each : out) each.weight = std::max(0.0, all - gain(without(each, before, now)));
  std::ranges::stable_sort(out, std::greater<>{}, &plan_cause::weight);
  return out.front().weight > 0 ? out : clearest;
}

}  // namespace bramble
