#include "balancer/search/device_set.hpp"

#include <algorithm>
#include <numeric>

#include "balancer/bound/bound.hpp"
#include "balancer/search/plan_request.hpp"
#include "config/defaults.hpp"

namespace bramble {

device_set_search::device_set_search(const cost_model& cost, wire_type wire, double effort)
    : cost_{cost},
      wire_{wire},
      effort_{effort},
      host_{static_cast<std::uint16_t>(cost.devices().index_of(cost.devices().host))},
      search_{cost, host_} {
  const auto nodes = cost.devices().nodes.size();
  for (std::size_t n = 0; n < nodes; ++n) {
    const auto ms = cost.model_ms(n);
    capacity_.push_back(ms > 0 ? 1 / ms : 1);
  }
  by_capacity_.resize(nodes);
  std::iota(by_capacity_.begin(), by_capacity_.end(), 0);
  // Of equal nodes the host first: it has the input.
  std::stable_sort(by_capacity_.begin(), by_capacity_.end(), [&](auto a, auto b) {
    return capacity_[a] != capacity_[b] ? capacity_[a] > capacity_[b] : a == host_ && b != host_;
  });
  with_.resize(nodes);
  without_.resize(nodes);
  class_ = classes_among(fastest(nodes));
}

/// Nodes that are as fast, with messages as well, and as well linked as each other among `nodes`,
/// the host apart: which of them is in a group makes no difference.
bool device_set_search::alike(std::uint16_t a, std::uint16_t b, const group& nodes) const {
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

/// By place in `nodes`: the first that is just like it.
device_set_search::group device_set_search::classes_among(const group& nodes) const {
  group classes;
  for (auto node : nodes) {
    auto first = node;
    for (std::size_t i = 0; i < classes.size() && first == node; ++i)
      if (classes[i] == nodes[i] && alike(nodes[i], node, nodes)) first = nodes[i];
    classes.push_back(first);
  }
  return classes;
}

/// The same for groups that differ only in which of equal nodes they hold.
device_set_search::group device_set_search::kind_of(const group& nodes) const {
  group classes;
  for (auto node : nodes) classes.push_back(class_[node]);
  std::sort(classes.begin(), classes.end());
  return classes;
}

void device_set_search::remember(const device_set& t) {
  auto keep = [&](std::optional<double>& best) { best = best ? std::min(*best, t.ms) : t.ms; };
  // A search may leave a member without work, or give some to another.
  std::vector<bool> works(with_.size(), false);
  for (const auto& pieces : t.work.pieces)
    for (const auto& part : pieces) works[part.node] = true;
  const bool divided = std::count(works.begin(), works.end(), true) > 1;
  for (std::size_t n = 0; n < with_.size(); ++n) {
    if (!works[n])
      keep(without_[n]);
    else if (divided)
      keep(with_[n]);
  }
}

device_set device_set_search::alone(std::uint16_t node) {
  device_set t{{node}, {1}, node, search_.alone(node), 0};
  t.ms = search_.makespan_ms(t.work);
  remember(t);
  return t;
}

/// Of single nodes the quickest, and of equally quick ones the host.
device_set device_set_search::best_alone() {
  auto best = alone(host_);
  if (by_capacity_[0] == host_) return best;
  auto fastest = alone(by_capacity_[0]);
  return fastest.ms < best.ms ? fastest : best;
}

/// Strips in proportion to capacity: what a group can be expected to do.
device_set device_set_search::strips(const group& nodes) {
  device_set t{nodes, {}, host_, {}, 0};
  for (auto node : nodes) t.weights.push_back(capacity_[node]);
  t.work = search_.strips(nodes, t.weights, host_);
  t.ms = search_.makespan_ms(t.work);
  remember(t);
  strips_ms_.emplace(kind_of(nodes), t.ms);
  return t;
}

double device_set_search::strips_ms(const group& nodes) {
  const auto known = strips_ms_.find(kind_of(nodes));
  return known != strips_ms_.end() ? known->second : strips(nodes).ms;
}

/// The best layouts. What cannot be divided runs where the answer is wanted, or on the fastest.
void device_set_search::lay_out(device_set& t) {
  auto consider = [&](std::uint16_t home) {
    auto work = search_.lay_out(t.nodes, t.weights, home);
    const auto ms = search_.makespan_below(work, t.ms);
    if (!ms) return;
    t.work = std::move(work);
    t.ms = *ms;
    t.home = home;
  };
  consider(host_);
  const auto fastest = *std::max_element(
      t.nodes.begin(), t.nodes.end(), [&](auto a, auto b) { return capacity_[a] < capacity_[b]; });
  if (capacity_[fastest] > capacity_[host_]) consider(fastest);
  remember(t);
}

/// A share more or less for one kind of node at a time: who has a slow link, or the input, does
/// best with another one than its speed's.
void device_set_search::tune(device_set& t) {
  const auto classes = classes_among(t.nodes);
  for (auto which : std::set(classes.begin(), classes.end())) {
    for (const double factor : {0.8, 1.25}) {
      auto weights = t.weights;
      for (std::size_t i = 0; i < weights.size(); ++i)
        if (classes[i] == which) weights[i] *= factor;
      auto work = search_.strips(t.nodes, weights, t.home);
      const auto ms = search_.makespan_below(work, t.ms);
      if (!ms) continue;
      t.ms = *ms;
      t.work = std::move(work);
      t.weights = std::move(weights);
    }
  }
}

device_set_search::group device_set_search::fastest(std::size_t count) const {
  group nodes(by_capacity_.begin(), by_capacity_.begin() + static_cast<std::ptrdiff_t>(count));
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

/// Those whom it may be better to leave out: on a large shelf the slowest, and those with the
/// slowest links.
device_set_search::group device_set_search::doubtful(const group& nodes) const {
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
  return slowest == worst_linked ? group{slowest} : group{slowest, worst_linked};
}

/// Drops whomever strips do best without, while that helps.
device_set_search::group device_set_search::without_the_worst(group nodes) {
  auto ms = strips_ms(nodes);
  while (nodes.size() > 2) {
    std::optional<group> best;
    auto best_ms = ms;
    for (auto node : doubtful(nodes)) {
      auto rest = nodes;
      std::erase(rest, node);
      const auto rest_ms = strips_ms(rest);
      if (rest_ms >= best_ms) continue;
      best = std::move(rest);
      best_ms = rest_ms;
    }
    if (!best) break;
    nodes = std::move(*best);
    ms = best_ms;
  }
  return nodes;
}

/// Everyone; on a large shelf, where layouts cost much to compare and not every number of nodes
/// needs a trial, as many of the fastest as do best in strips.
device_set_search::group device_set_search::largest() {
  const auto all = by_capacity_.size();
  auto best = fastest(all);
  const auto stride = std::max<std::size_t>(1, all / defaults::tuned_team_size);
  for (auto count = all - all % stride; count > defaults::tuned_team_size; count -= stride)
    if (const auto nodes = fastest(count); strips_ms(nodes) < strips_ms(best)) best = nodes;
  return best;
}

/// The host may have to do what cannot be divided, whether it is in the group or not.
double device_set_search::bound_ms(group nodes) const {
  nodes.push_back(host_);
  const auto devices = only(cost_.devices(), nodes);
  return lower_bound_ms(cost_model{cost_.model(), devices, wire_});
}

/// By layouts, and by local search from the best of them. Depends on these nodes and the host
/// alone, whatever was searched before.
device_set device_set_search::searched(const group& nodes) {
  const auto effort = effort_for(nodes.size(), effort_);
  const auto before = search_.effort();
  auto t = strips(nodes);
  tune(t);
  lay_out(t);
  const auto spent = search_.effort() - before;
  search_.improve(t.work, t.nodes, t.weights, effort > spent ? effort - spent : 0);
  t.ms = search_.makespan_ms(t.work);
  remember(t);
  return t;
}

void device_set_search::consider(const group& nodes) {
  if (!searched_.insert(kind_of(nodes)).second) return;
  if (best_ && bound_ms(nodes) >= quickest_ms_) return;
  auto t = searched(nodes);
  if (best_ && t.ms >= best_->ms) return;
  quickest_ms_ = std::min(quickest_ms_, t.ms);
  best_ = std::move(t);
}

device_set device_set_search::run() {
  auto single = best_alone();
  quickest_ms_ = single.ms;
  const auto all = by_capacity_.size();
  if (all == 1) return single;
  if (all > defaults::tuned_team_size) consider(largest());
  for (auto count = std::min(all, defaults::tuned_team_size); count > 1; --count) {
    const auto nodes = fastest(count);
    if (best_ && bound_ms(nodes) >= quickest_ms_) break;
    consider(nodes);
    consider(without_the_worst(nodes));
  }
  // Less than that is within what a prediction can be wrong by, and dividing has its own risks.
  if (single.ms <= best_->ms * defaults::worth_dividing) return single;
  return std::move(*best_);
}

}  // namespace bramble
