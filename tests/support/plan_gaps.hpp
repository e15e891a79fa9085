#pragma once

#include <cstdio>

#include "balancer/bound/bound.hpp"
#include "balancer/report/sweep.hpp"
#include "balancer/simulate/simulate.hpp"

namespace bramble::test {

/// What lies between a plan's latency and the lower bound. The sum of all nodes' time, each node
/// weighted as in the bound of all work, is either work that the bound counts or one of these: what
/// the bound ignores. Milliseconds.
struct gap_parts {
  double twice = 0;     ///< made by more than one node
  double small = 0;     ///< pieces that take longer than their share of the op's best size
  double handling = 0;  ///< messages' cost to the processors
  double lines = 0;     ///< waiting that ends when lines are infinitely fast
  double left_out = 0;  ///< nodes that do nothing
  double waiting = 0;   ///< the rest: unequal pieces, each message's latency
  double counted = 0;   ///< what the bound knows beyond all work

  double sum() const { return twice + small + handling + lines + left_out + waiting - counted; }
};

/// On the same nodes, with lines that take no time.
inline double without_lines_ms(const graph& g, const shelf& s, const plan& p) {
  auto fast = s;
  fast.links.clear();
  for (auto& node : fast.nodes) node.nic_mbit = 1e9;
  return simulate(derive(g, p), p, cost_model{g, fast, p.wire}).makespan_ms;
}

inline gap_parts parts_of_gap(const graph& g, const shelf& s, const plan& p) {
  const cost_model cost{g, s, p.wire};
  const auto nodes = s.nodes.size();
  std::vector<double> weight(nodes, 0), pieces(nodes, 0), twice(nodes, 0);
  double sum = 0;
  for (std::size_t n = 0; n < nodes; ++n) {
    for (op_id op = 0; op < g.ops.size(); ++op) weight[n] += cost.least_ms(n, op);
    weight[n] = 1 / weight[n];
    sum += weight[n];
  }
  std::vector<double> made(g.ops.size(), 0);
  for (const auto& part : p.pieces) made[part.op] += static_cast<double>(part.out.elements());
  for (const auto& part : p.pieces) {
    const auto ms = cost.piece_ms(part.node, part.op, part.out);
    const auto whole = extent(g.values[g.ops[part.op].outputs[0]]);
    pieces[part.node] += ms;
    twice[part.node] += ms * (1 - static_cast<double>(whole.elements()) / made[part.op]);
  }
  gap_parts gap;
  const auto unlined = p.predicted_ms - without_lines_ms(g, s, p);
  gap.small = -work_bound_ms(cost);
  for (std::size_t n = 0; n < nodes; ++n) {
    const auto share = weight[n] / sum;
    const auto& v = p.verdicts[n];
    gap.twice += share * twice[n];
    gap.small += share * (pieces[n] - twice[n]);
    gap.handling += share * (v.busy_ms - pieces[n]);
    if (v.in || v.busy_ms > 0) {
      gap.lines += share * unlined;
      gap.waiting += share * (p.predicted_ms - v.busy_ms - unlined);
    } else {
      gap.left_out += share * p.predicted_ms;
    }
  }
  gap.counted = p.lower_bound_ms - work_bound_ms(cost);
  return gap;
}

/// The whole sweep of `g`: every gap above 8 %, and what it is made of.
inline void print_gaps(const graph& g, const shelf& s, const plan_request& request) {
  const auto axes = parse_sweep({});
  std::printf("%s, %s: per cent of the lower bound\n%6s %5s %5s %5s |%6s%6s%9s%6s%9s%8s%8s\n",
              g.name.c_str(), name_of(request.wire), "Mbit/s", "nodes", "x", "gap", "twice",
              "small", "handling", "lines", "left out", "waiting", "counted");
  double least = 1e9;
  std::size_t small_gaps = 0;
  for (const auto rate : axes.rate_mbit) {
    for (const auto nodes : axes.nodes) {
      const auto part = shelf_of_sweep(s, nodes, rate);
      const auto p = make_plan(g, part, request);
      const auto speedup = p.one_node_ms / p.predicted_ms;
      least = std::min(least, speedup);
      const auto percent = [&](double ms) { return ms / p.lower_bound_ms * 100; };
      const auto gap = p.predicted_ms - p.lower_bound_ms;
      if (percent(gap) <= 8) {
        ++small_gaps;
        continue;
      }
      const auto is = parts_of_gap(g, part, p);
      if (std::abs(is.sum() - gap) > 1e-6 * p.predicted_ms)
        throw std::logic_error("the parts of a gap are not the gap");
      std::printf("%6g %5zu %5.2f %4.0f%% |%6.1f%6.1f%9.1f%6.1f%9.1f%8.1f%8.1f\n", rate, nodes,
                  speedup, percent(gap), percent(is.twice), percent(is.small), percent(is.handling),
                  percent(is.lines), percent(is.left_out), percent(is.waiting),
                  -percent(is.counted));
    }
  }
  std::printf("%zu of %zu gaps are at most 8 %%; the least speed-up is %.3f\n\n", small_gaps,
              axes.nodes.size() * axes.rate_mbit.size(), least);
}

}  // namespace bramble::test
