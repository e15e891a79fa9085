#include <algorithm>
#include <limits>

#include "balancer/search/search.hpp"
#include "config/defaults.hpp"

namespace bramble {
namespace {

bool any_slices(const shelf& s) {
  return std::ranges::any_of(s.nodes, [](const auto& node) {
    return std::ranges::any_of(node.table.slices, [](const auto& op) { return !op.empty(); });
  });
}

}  // namespace

/// The ways to lay out a stretch that are worth comparing everywhere: rows, the same with halos
/// made twice inside the stretch, two or more columns of strips, channels, and one node.
std::vector<plan_search::layout> plan_search::layouts_for(const std::vector<std::uint16_t>& nodes,
                                                          const std::vector<double>& weights,
                                                          std::uint16_t home) {
  std::vector<layout> out;
  auto add = [&](std::size_t groups, map_axis inner) {
    const auto form = drafting_.add_form(grid_form(nodes, weights, groups, inner));
    out.push_back({drafting_.divided(form, home), out.size()});
  };
  add(nodes.size(), map_axis::columns);
  auto duplicating = out[0].everywhere;
  drafting_.begin();
  for (auto s = stretches_.rbegin(); s != stretches_.rend(); ++s)
    for (auto op = s->last - 1; op-- > s->first;) drafting_.set_grow(duplicating, op, true);
  drafting_.begin();
  out.push_back({std::move(duplicating), 0});
  if (nodes.size() > 3) add((nodes.size() + 1) / 2, map_axis::columns);
  if (nodes.size() > 2) add(2, map_axis::columns);
  // By rate alone a slice costs what a strip does, and sends more.
  if (nodes.size() > 3 && any_slices(cost_.devices())) add(2, map_axis::channels);
  add(1, map_axis::channels);
  out.push_back({alone(home), out.size()});
  return out;
}

/// What stretch `s` takes in layout `to` when what it reads lies as `from` has it.
double plan_search::layout_ms(std::size_t s, const layout& from, const layout& to) {
  const auto [first, last] = stretches_[s];
  if (first > 0) laid_out_[first - 1] = from.everywhere.pieces[first - 1];
  for (auto op = first; op < last; ++op) laid_out_[op] = to.everywhere.pieces[op];
  builder_.build(laid_out_, cost_.devices().nodes.size(), host_, first, last, schedule_);
  effort_ += schedule_.steps.size() + schedule_.transfers.size();
  return simulator_.run(schedule_).makespan_ms;
}

plan_search::layout_costs plan_search::costs_of(std::vector<layout> layouts) {
  layout_costs costs{std::move(layouts), {}, std::vector<std::size_t>(stretches_.size())};
  const auto& all = costs.layouts;
  const auto count = all.size();
  laid_out_ = all[0].everywhere.pieces;
  // Stretches of a family cost the same: once each, from every layout to every layout.
  costs.of_family.resize(families_.size());
  for (std::size_t f = 0; f < families_.size(); ++f) {
    for (auto member : families_[f].members) costs.family_of[member] = f;
    auto& ms = costs.of_family[f];
    const auto s = families_[f].members.front();
    for (std::size_t from = 0; from < count; ++from) {
      // Equal layouts of what is read cost the same; the input lies on the host in all of them.
      const auto like = s == 0 ? 0 : all[from].exit;
      for (std::size_t to = 0; to < count; ++to)
        ms.push_back(like < from ? ms[like * count + to] : layout_ms(s, all[from], all[to]));
    }
  }
  return costs;
}

/// The layout of each stretch on the quickest way through all of them. `extra`: by stretch, what is
/// added to each layout's time; or empty.
std::vector<std::size_t> plan_search::quickest_way(
    const layout_costs& costs, const std::vector<std::vector<double>>& extra) const {
  const auto count = costs.layouts.size();
  std::vector<std::vector<std::size_t>> came_from;
  std::vector<double> until(count, 0);
  for (std::size_t s = 0; s < stretches_.size(); ++s) {
    const auto& cost = costs.of_family[costs.family_of[s]];
    std::vector<double> next(count, std::numeric_limits<double>::infinity());
    auto& from_of = came_from.emplace_back(count, 0);
    for (std::size_t from = 0; from < count; ++from) {
      for (std::size_t to = 0; to < count; ++to) {
        const auto more = extra.empty() ? 0 : extra[s][to];
        const auto ms = until[from] + cost[from * count + to] + more;
        if (ms < next[to]) next[to] = ms, from_of[to] = from;
      }
    }
    until = std::move(next);
  }
  std::vector<std::size_t> way(stretches_.size());
  auto at = static_cast<std::size_t>(std::min_element(until.begin(), until.end()) - until.begin());
  for (auto s = stretches_.size(); s-- > 0; at = came_from[s][at]) way[s] = at;
  return way;
}

candidate plan_search::laid_out(const layout_costs& costs,
                                const std::vector<std::size_t>& way) const {
  candidate d = costs.layouts[0].everywhere;
  for (std::size_t s = 0; s < stretches_.size(); ++s) {
    for (auto op = stretches_[s].first; op < stretches_[s].last; ++op) {
      d.choices[op] = costs.layouts[way[s]].everywhere.choices[op];
      d.pieces[op] = costs.layouts[way[s]].everywhere.pieces[op];
    }
  }
  return d;
}

candidate plan_search::lay_out(const std::vector<std::uint16_t>& nodes,
                               const std::vector<double>& weights, std::uint16_t home) {
  const auto costs = costs_of(layouts_for(nodes, weights, home));
  return laid_out(costs, quickest_way(costs, {}));
}

}  // namespace bramble
