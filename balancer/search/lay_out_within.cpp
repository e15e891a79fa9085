#include <algorithm>
#include <limits>

#include "balancer/search/search.hpp"
#include "config/defaults.hpp"
#include "model/graph/weight_parts.hpp"

namespace bramble {
namespace {

/// By how much the nodes have too little room together.
double lack(const std::vector<double>& rooms) {
  double sum = 0;
  for (auto room : rooms) sum += std::max(0.0, -room);
  return sum;
}

/// What the weights of one op's pieces take, taken off the nodes' rooms `times` times.
void take(const graph& g, const std::vector<piece>& pieces, double times,
          std::vector<double>& rooms) {
  std::vector<std::pair<std::uint16_t, weight_part>> seen;
  for (const auto& each : pieces)
    for (const auto& part : weight_parts(g, g.ops[each.op], each.out)) {
      const std::pair own{each.node, part};
      if (std::find(seen.begin(), seen.end(), own) != seen.end()) continue;
      seen.push_back(own);
      rooms[each.node] -= times * static_cast<double>(part.bytes);
    }
}

}  // namespace

/// By stretch and layout: the largest part of any node's memory that its weights take.
std::vector<std::vector<double>> plan_search::shares_of_memory(const layout_costs& costs) const {
  std::vector<std::vector<double>> shares(stretches_.size());
  for (std::size_t s = 0; s < stretches_.size(); ++s) {
    for (const auto& each : costs.layouts) {
      piece_table pieces(graph_.ops.size());
      for (auto op = stretches_[s].first; op < stretches_[s].last; ++op)
        pieces[op] = each.everywhere.pieces[op];
      const auto bytes = memory_.weights_of(pieces);
      double most = 0;
      for (std::size_t n = 0; n < bytes.size(); ++n)
        if (const auto room = memory_.room(n))
          most = std::max(most, static_cast<double>(bytes[n]) /
                                    static_cast<double>(std::max<std::uint64_t>(*room, 1)));
      shares[s].push_back(most);
    }
  }
  return shares;
}

/// Memory has a price: the lowest at which the quickest way through the layouts fits, or nearly.
std::optional<candidate> plan_search::lay_out_within(const std::vector<std::uint16_t>& nodes,
                                                     const std::vector<double>& weights,
                                                     const std::vector<double>& slices,
                                                     std::uint16_t home) {
  auto layouts = layouts_for(nodes, weights, home);
  const auto by_memory = drafting_.add_form(grid_form(nodes, slices, 1, map_axis::channels));
  layouts.push_back({drafting_.divided(by_memory, home), layouts.size()});
  // On a large shelf there would be more layouts than stretches.
  if (nodes.size() <= defaults::tuned_team_size)
    for (auto node : nodes)
      if (node != home) layouts.push_back({alone(node), layouts.size()});
  auto costs = costs_of(std::move(layouts));
  const auto shares = shares_of_memory(costs);
  const auto at_price = [&](double price) {
    auto extra = shares;
    for (auto& s : extra)
      for (auto& share : s) share *= price;
    return laid_out(costs, quickest_way(costs, extra));
  };

  std::optional<candidate> best;
  double too_low = 0, enough = 0;
  const auto consider = [&](double price) {
    auto d = at_price(price);
    if (!make_fit(d, nodes, by_memory)) return false;
    if (!best || makespan_ms(d) < makespan_ms(*best)) best = std::move(d);
    return true;
  };
  if (consider(0)) return best;
  const auto model_ms = cost_.model_ms(home);
  for (enough = model_ms / 16; !consider(enough); enough *= 4) {
    if (enough > model_ms * 1024) return best;
    too_low = enough;
  }
  for (int step = 0; step < 4; ++step) {
    const auto between = (too_low + enough) / 2;
    (consider(between) ? enough : too_low) = between;
  }
  return best;
}

/// Moves ops from nodes that have too little room until all have enough: into slices of channels in
/// the form given, or to another node. False when that does not help.
bool plan_search::make_fit(candidate& d, const std::vector<std::uint16_t>& nodes,
                           std::int16_t slices) {
  for (std::size_t moves = 0; moves <= graph_.ops.size(); ++moves) {
    if (memory_.holds(d.pieces)) return true;
    const auto weights = memory_.weights_of(d.pieces);
    const auto buffers = memory_.buffers_of(d.pieces);
    std::vector<double> rooms;  // left over, or lacking
    for (std::size_t n = 0; n < weights.size(); ++n)
      rooms.push_back(memory_.room(n) ? static_cast<double>(*memory_.room(n)) -
                                            static_cast<double>(weights[n] + buffers[n])
                                      : std::numeric_limits<double>::max());
    double least = lack(rooms);
    op_id which = no_id;
    op_choice choice;
    for (op_id op = 0; op < graph_.ops.size(); ++op) {
      if (weight_parts(graph_, graph_.ops[op], d.pieces[op].front().out).empty()) continue;
      auto others = rooms;
      take(graph_, d.pieces[op], -1, others);
      const auto attempt = [&](const op_choice& where) {
        drafting_.begin();
        place(d, op, where);
        auto left = others;
        take(graph_, d.pieces[op], 1, left);
        drafting_.undo(d);
        if (lack(left) >= least * (1 - least_gain)) return;
        least = lack(left);
        which = op;
        choice = where;
      };
      attempt({slices, host_, {}});
      for (auto node : nodes) attempt({op_choice::whole, node, {}});
    }
    if (which == no_id) return false;
    place(d, which, choice);
  }
  return false;
}

}  // namespace bramble
