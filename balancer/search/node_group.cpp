#include "balancer/search/node_group.hpp"

#include <algorithm>
#include <numeric>

#include "config/defaults.hpp"

namespace bramble {

node_kinds::node_kinds(const cost_model& cost)
    : cost_{cost}, host_{static_cast<std::uint16_t>(cost.devices().index_of(cost.devices().host))} {
  const auto nodes = cost.devices().nodes.size();
  capacity_.reserve(nodes);
  for (std::size_t n = 0; n < nodes; ++n) {
    const auto ms = cost.model_ms(n);
    capacity_.push_back(ms > 0 ? 1 / ms : 1);
  }
  by_capacity_.resize(nodes);
  std::iota(by_capacity_.begin(), by_capacity_.end(), 0);
  std::stable_sort(by_capacity_.begin(), by_capacity_.end(), [&](auto a, auto b) {
    return capacity_[a] != capacity_[b] ? capacity_[a] > capacity_[b] : a == host_ && b != host_;
  });
  class_ = classes_among(fastest(nodes));
}

/// Nodes that are as fast, with messages as well, and as well linked as each other among `nodes`,
/// the host apart: which of them is in a group makes no difference.
bool node_kinds::alike(std::uint16_t a, std::uint16_t b, const node_group& nodes) const {
  const auto& devices = cost_.devices().nodes;
  if (a == host_ || b == host_ || capacity_[a] != capacity_[b] ||
      devices[a].messages != devices[b].messages)
    return false;
  const auto alike_to = [&](std::uint16_t other) {
    return other == a || other == b ||
           (cost_.mbit(a, other) == cost_.mbit(b, other) &&
            cost_.latency_ms(a, other) == cost_.latency_ms(b, other));
  };
  return alike_to(host_) && std::all_of(nodes.begin(), nodes.end(), alike_to);
}

node_group node_kinds::classes_among(const node_group& nodes) const {
  node_group classes;
  classes.reserve(nodes.size());
  for (auto node : nodes) {
    auto first = node;
    for (std::size_t i = 0; i < classes.size() && first == node; ++i)
      if (classes[i] == nodes[i] && alike(nodes[i], node, nodes)) first = nodes[i];
    classes.push_back(first);
  }
  return classes;
}

node_group node_kinds::kind_of(const node_group& nodes) const {
  node_group classes;
  classes.reserve(nodes.size());
  for (auto node : nodes) classes.push_back(class_[node]);
  std::sort(classes.begin(), classes.end());
  return classes;
}

std::uint16_t node_kinds::fastest_of(const node_group& nodes) const {
  return *std::max_element(nodes.begin(), nodes.end(),
                           [&](auto a, auto b) { return capacity_[a] < capacity_[b]; });
}

node_group node_kinds::fastest(std::size_t count) const {
  node_group nodes(by_capacity_.begin(), by_capacity_.begin() + static_cast<std::ptrdiff_t>(count));
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

node_group node_kinds::doubtful(const node_group& nodes) const {
  if (nodes.size() <= defaults::tuned_team_size) return nodes;
  auto best_link = [&](std::uint16_t node) {
    double best = 0;
    for (auto other : nodes)
      if (other != node) best = std::max(best, cost_.mbit(node, other));
    return best;
  };
  const auto slowest = *std::min_element(
      nodes.begin(), nodes.end(), [&](auto a, auto b) { return capacity_[a] < capacity_[b]; });
  const auto worst_linked = *std::min_element(
      nodes.begin(), nodes.end(), [&](auto a, auto b) { return best_link(a) < best_link(b); });
  return slowest == worst_linked ? node_group{slowest} : node_group{slowest, worst_linked};
}

}  // namespace bramble
