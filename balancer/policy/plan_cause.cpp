#include "balancer/policy/plan_cause.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "config/base/median.hpp"
#include "config/defaults.hpp"
#include "config/defaults_measuring.hpp"
#include "config/format.hpp"

namespace bramble {
namespace {

using cause_t = plan_cause::kind_t;

/// How clear a change is: the same for twice as much and for half.
double clearness(const plan_cause& cause) {
  if (cause.before <= 0 || cause.after <= 0) return std::log(defaults::rebalance_clear_gain);
  return std::abs(std::log(cause.after / cause.before));
}

bool counts(const plan_cause& cause) {
  return clearness(cause) >= std::log(defaults::review_change);
}

void compare_members(const shelf& before, const shelf& now, std::vector<plan_cause>& out) {
  for (const auto& node : now.nodes)
    if (!before.has(node.name)) out.push_back({cause_t::node_joined, node.name, "", 0, 0});
  for (const auto& node : before.nodes)
    if (!now.has(node.name)) out.push_back({cause_t::node_left, node.name, "", 0, 0});
}

std::map<std::string, double> speed_ratios(const shelf& before, const shelf& now) {
  std::map<std::string, double> out;
  for (const auto& node : now.nodes)
    for (const auto& old : before.nodes)
      if (old.name == node.name && old.gmacs > 0 && node.gmacs > 0)
        out[node.name] = node.gmacs / old.gmacs;
  return out;
}

/// What most nodes did; of two that differ, the one that did nothing.
double usual(const std::map<std::string, double>& ratios) {
  std::vector<double> all;
  std::size_t still = 0;
  for (const auto& [name, ratio] : ratios) {
    all.push_back(ratio);
    if (std::abs(std::log(ratio)) < std::log(defaults::review_change)) ++still;
  }
  return 2 * still >= all.size() ? 1 : median(all);
}

void compare_speeds(const shelf& before, const shelf& now, std::vector<plan_cause>& out) {
  const auto ratios = speed_ratios(before, now);
  if (ratios.empty()) return;
  const auto most = usual(ratios);
  const plan_cause all{cause_t::all_speeds, "", "", 1, most};
  if (counts(all)) out.push_back(all);
  for (const auto& [name, ratio] : ratios) {
    const plan_cause one{cause_t::node_speed, name, "", 1, ratio / most};
    if (counts(one)) out.push_back(one);
  }
}

using ends = std::pair<std::string, std::string>;

std::map<ends, double> rates_of(const shelf& s) {
  std::map<ends, double> out;
  for (const auto& link : s.links) out[std::minmax(link.a, link.b)] = link.mbit;
  return out;
}

/// When all links of a node (of several) moved the same way, its card or cable is what changed.
std::optional<plan_cause> common_cause(const std::string& node, std::size_t links,
                                       const std::vector<plan_cause>& changes) {
  std::vector<double> before;
  std::vector<double> after;
  std::size_t faster = 0;
  for (const auto& each : changes) {
    if (each.node != node && each.other != node) continue;
    before.push_back(each.before);
    after.push_back(each.after);
    if (each.after > each.before) ++faster;
  }
  if (links < 2 || before.size() != links || (faster != 0 && faster != links)) return std::nullopt;
  return plan_cause{cause_t::node_rates, node, "", median(before), median(after)};
}

void compare_rates(const shelf& before, const shelf& now, std::vector<plan_cause>& out) {
  const auto old = rates_of(before);
  std::vector<plan_cause> changes;
  std::map<std::string, std::size_t> links;
  for (const auto& [between, mbit] : rates_of(now)) {
    ++links[between.first];
    ++links[between.second];
    const auto known = old.find(between);
    if (known == old.end()) {
      out.push_back({cause_t::link_measured, between.first, between.second, 0, mbit});
      continue;
    }
    const plan_cause change{cause_t::link_rate, between.first, between.second, known->second, mbit};
    if (counts(change)) changes.push_back(change);
  }
  for (const auto& [node, count] : links) {
    const auto common = common_cause(node, count, changes);
    if (!common) continue;
    out.push_back(*common);
    std::erase_if(
        changes, [&who = node](const auto& each) { return each.node == who || each.other == who; });
  }
  out.insert(out.end(), changes.begin(), changes.end());
}

std::string from_to(const plan_cause& cause) {
  return (cause.after < cause.before ? " fell from " : " rose from ") + format_mbit(cause.before) +
         " to " + format_mbit(cause.after) + " Mbit/s";
}

std::string clause(const plan_cause& cause) {
  switch (cause.kind) {
    case cause_t::node_joined:
      return cause.node + " joined";
    case cause_t::node_left:
      return cause.node + " left";
    case cause_t::node_drained:
      return cause.node + " was drained";
    case cause_t::node_resumed:
      return cause.node + " is not drained any more";
    case cause_t::node_silent:
      return cause.node + " did not answer";
    case cause_t::node_cut_off:
      return cause.node + " did not reach another node";
    case cause_t::node_speed:
      return cause.node + " computes at " + percent(cause.after) + " of what it did";
    case cause_t::all_speeds:
      return "all nodes compute at " + percent(cause.after) + " of what they did";
    case cause_t::link_rate:
      return "the link between " + cause.node + " and " + cause.other + from_to(cause);
    case cause_t::node_rates:
      return "the links of " + cause.node + from_to(cause);
    default:
      return "the link between " + cause.node + " and " + cause.other +
             " was measured for the first time: " + format_mbit(cause.after) + " Mbit/s";
  }
}

}  // namespace

std::vector<plan_cause> causes_between(const shelf& before, const shelf& now) {
  std::vector<plan_cause> out;
  compare_members(before, now, out);
  compare_speeds(before, now, out);
  compare_rates(before, now, out);
  for (auto& each : out) each.weight = clearness(each);
  std::ranges::stable_sort(out, std::greater<>{}, &plan_cause::weight);
  return out;
}

std::string describe(const std::vector<plan_cause>& causes) {
  std::string out;
  for (const auto& each : causes) {
    if (each.weight < defaults::cause_least_share * causes.front().weight) continue;
    out += (out.empty() ? "" : ", ") + clause(each);
  }
  return out;
}

}  // namespace bramble
