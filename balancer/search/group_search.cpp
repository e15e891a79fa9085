#include "balancer/search/group_search.hpp"

#include <set>
#include <utility>

namespace bramble {

group_search::group_search(const cost_model& cost, const node_kinds& kinds,
                           const std::atomic<bool>* stop)
    : kinds_{kinds}, all_nodes_{cost.devices().nodes.size()}, search_{cost, kinds.host(), stop} {}

std::vector<tried_set> group_search::take_tried() {
  return std::exchange(seen_, {});
}

/// A search may leave a member without work, or give some to another.
void group_search::remember(const device_set& t) {
  tried_set one{std::vector<bool>(all_nodes_, false), t.ms};
  for (const auto& pieces : t.work.pieces)
    for (const auto& part : pieces) one.works[part.node] = true;
  seen_.push_back(std::move(one));
}

device_set group_search::alone(std::uint16_t node) {
  device_set t{{node}, {1}, node, search_.alone(node), 0};
  t.ms = search_.makespan_ms(t.work);
  remember(t);
  return t;
}

device_set group_search::strips(const node_group& nodes) {
  device_set t{nodes, {}, kinds_.host(), {}, 0};
  t.weights.reserve(nodes.size());
  for (auto node : nodes) t.weights.push_back(kinds_.capacity(node));
  t.work = search_.strips(nodes, t.weights, kinds_.host());
  t.ms = search_.makespan_ms(t.work);
  remember(t);
  return t;
}

/// The best layouts. What cannot be divided runs where the answer is wanted, or on the fastest.
void group_search::lay_out(device_set& t) {
  auto consider = [&](std::uint16_t home) {
    auto work = search_.lay_out(t.nodes, t.weights, home);
    const auto ms = search_.makespan_below(work, t.ms);
    if (!ms) return;
    t.work = std::move(work);
    t.ms = *ms;
    t.home = home;
  };
  consider(kinds_.host());
  const auto fastest = kinds_.fastest_of(t.nodes);
  if (kinds_.capacity(fastest) > kinds_.capacity(kinds_.host())) consider(fastest);
  remember(t);
}

/// A share more or less for one kind of node at a time: who has a slow link, or the input, does
/// best with another one than its speed's.
void group_search::tune(device_set& t) {
  const auto classes = kinds_.classes_among(t.nodes);
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

device_set group_search::searched(const node_group& nodes, std::uint64_t effort) {
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

}  // namespace bramble
