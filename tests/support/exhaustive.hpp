#pragma once

#include <algorithm>
#include <limits>

#include "balancer/search/candidate.hpp"
#include "balancer/simulate/simulator.hpp"
#include "tests/support/random_graph.hpp"

namespace bramble::test {

/// The best plan for `cost` among all in which each op is either whole on one of the nodes, or cut
/// into rows over all of them in proportion to their speed: (nodes + 1)^ops, all tried but those
/// that hold more work than the best one takes. The planner knows these choices and more.
class exhaustive_search {
 public:
  explicit exhaustive_search(const cost_model& cost)
      : cost_{cost},
        graph_{cost.model()},
        nodes_{cost.devices().nodes.size()},
        host_{static_cast<std::uint16_t>(cost.devices().index_of(cost.devices().host))},
        builder_{graph_},
        simulator_{cost},
        load_(nodes_, 0),
        pieces_(graph_.ops.size()) {
    std::vector<std::uint16_t> all;
    std::vector<double> speed;
    double sum = 0;
    for (std::uint16_t n = 0; n < nodes_; ++n) {
      all.push_back(n);
      speed.push_back(1 / cost.model_ms(n));
      sum += speed.back();
    }
    for (auto each : speed) weight_.push_back(each / sum);
    still_.assign(graph_.ops.size() + 1, 0);
    for (auto op = graph_.ops.size(); op-- > 0;) {
      auto least = std::numeric_limits<double>::infinity();
      for (std::size_t n = 0; n < nodes_; ++n)
        least = std::min(least, weight_[n] * cost.least_ms(n, static_cast<op_id>(op)));
      still_[op] = still_[op + 1] + least;
    }
    candidate_editor maker{graph_};
    const auto form = maker.add_form(grid_form(all, speed, nodes_, map_axis::columns));
    rows_ = maker.divided(form, host_).pieces;
  }

  /// Milliseconds of the best plan, or `at_most` when none takes less.
  double run(double at_most = std::numeric_limits<double>::infinity()) {
    best_ = at_most;
    choose(0);
    return best_;
  }

 private:
  void choose(op_id op) {
    if (op == graph_.ops.size()) {
      builder_.build(pieces_, nodes_, host_, 0, op, schedule_);
      best_ = std::min(best_, simulator_.run(schedule_).makespan_ms);
      return;
    }
    const auto whole = extent(graph_.values[graph_.ops[op].outputs[0]]);
    for (std::uint16_t n = 0; n < nodes_; ++n) take(op, {{op, n, whole}});
    if (nodes_ > 1 && splittable(graph_, graph_.ops[op])) take(op, rows_[op]);
  }

  void take(op_id op, const std::vector<piece>& pieces) {
    const auto before = load_;
    for (const auto& part : pieces) load_[part.node] += cost_.piece_ms(part.node, op, part.out);
    // No node is done before its own work is, and all of them not before their mean is, any
    // weights given: with the least that the ops still to come can add to it.
    auto mean = still_[op + 1];
    for (std::size_t n = 0; n < nodes_; ++n) mean += weight_[n] * load_[n];
    if (mean < best_ && *std::max_element(load_.begin(), load_.end()) < best_) {
      pieces_[op] = pieces;
      choose(op + 1);
    }
    load_ = before;
  }

  const cost_model& cost_;
  const graph& graph_;
  std::size_t nodes_;
  std::uint16_t host_;
  schedule_builder builder_;
  simulator simulator_;
  schedule schedule_;
  std::vector<double> load_;    // by node: work of the ops chosen so far
  std::vector<double> weight_;  // by node; together 1
  std::vector<double> still_;   // by op: weighted work of it and all later ones at least
  piece_table pieces_, rows_;
  double best_ = 0;
};

/// The same for the same seed: up to 12 ops of every kind, up to 3 nodes of any speed.
struct exact_case {
  graph g;
  shelf s;

  explicit exact_case(std::uint32_t seed) {
    random_source random{seed};
    g = random_graph(random, static_cast<std::size_t>(random.number(2, 10)));
    while (g.ops.size() > 12)
      g = random_graph(random, static_cast<std::size_t>(random.number(2, 10)));
    // Every op leads to an output: an import leaves no others.
    const auto readers = consumers(g);
    for (value_id v = 0; v < g.values.size(); ++v)
      if (readers[v].empty() && g.values[v].producer != no_id &&
          std::find(g.outputs.begin(), g.outputs.end(), v) == g.outputs.end())
        g.outputs.push_back(v);
    s = random_shelf(random, g, static_cast<std::uint16_t>(random.number(2, 3)));
  }
};

}  // namespace bramble::test
