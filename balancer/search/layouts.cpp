#include <algorithm>
#include <limits>

#include "balancer/search/search.hpp"
#include "config/defaults.hpp"

namespace bramble {
namespace {

bool any_slices(const shelf& s, const std::vector<std::uint16_t>& nodes) {
  return std::ranges::any_of(nodes, [&](auto node) {
    return std::ranges::any_of(s.nodes[node].table.slices,
                               [](const auto& op) { return !op.empty(); });
  });
}

}  // namespace

/// The ways to lay out a stretch that are worth comparing everywhere: rows, the same with halos
/// made twice inside the stretch, two or more columns of strips, channels, one node, and the images
/// of a batch apart.
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
  if (nodes.size() > 3 && any_slices(cost_.devices(), nodes)) add(2, map_axis::channels);
  add(1, map_axis::channels);
  out.push_back({alone(home), out.size()});
  if (const auto all = images(); !all.empty())
    out.push_back({images_apart(out[0].everywhere, all, nodes, weights), out.size()});
  return out;
}

/// What stretch `s` takes in layout `to` when what it reads lies as `from` has it.
double plan_search::layout_ms(std::size_t s, const layout& from, const layout& to) {
  const auto [first, last] = stretches_[s];
  if (first > 0) laid_out_[first - 1] = from.everywhere.pieces[first - 1];
  for (auto op = first; op < last; ++op) laid_out_[op] = to.everywhere.pieces[op];
  return judge_.makespan_ms(laid_out_, first, last);
}

plan_search::layout_costs plan_search::costs_of(std::vector<layout> layouts) {
  layout_costs costs{std::move(layouts), {}, {}, std::vector<std::size_t>(stretches_.size())};
  const auto count = costs.layouts.size();
  for (const auto& f : families_) {
    const auto family = costs.of_family.size();
    for (auto member : f.members) costs.family_of[member] = family;
    const auto& [first, last] = stretches_[f.members.front()];
    auto& ms = costs.of_family.emplace_back();
    for (const auto& to : costs.layouts)
      ms.push_back(std::ranges::max(judge_.work_of(to.everywhere.pieces, first, last)));
    for (std::size_t from = 1; from < count; ++from)
      ms.insert(ms.end(), ms.begin(), ms.begin() + static_cast<std::ptrdiff_t>(count));
    costs.known.emplace_back(ms.size(), false);
  }
  laid_out_ = costs.layouts[0].everywhere.pieces;
  return costs;
}

/// Simulates what is only a lower bound yet on the way; false when nothing is.
bool plan_search::learn(layout_costs& costs, const std::vector<std::size_t>& way) {
  bool learned = false;
  for (std::size_t s = 0; s < way.size(); ++s) {
    const auto f = costs.family_of[s];
    const auto from = s == 0 ? 0 : way[s - 1];
    const auto count = costs.layouts.size();
    if (costs.known[f][from * count + way[s]]) continue;
    // Stretches of a family cost the same. Equal layouts of what is read cost the same too; the
    // input lies on the host in all of them.
    const auto front = families_[f].members.front();
    const auto ms = layout_ms(front, costs.layouts[from], costs.layouts[way[s]]);
    for (std::size_t like = 0; like < count; ++like)
      if (front == 0 || costs.layouts[like].exit == costs.layouts[from].exit) {
        costs.of_family[f][like * count + way[s]] = ms;
        costs.known[f][like * count + way[s]] = true;
      }
    learned = true;
  }
  return learned;
}

/// The layout of each stretch on the quickest way through all of them; only what such ways lead
/// over is simulated. `extra`: by stretch, what is added to each layout's time; or empty.
std::vector<std::size_t> plan_search::quickest_way(layout_costs& costs,
                                                   const std::vector<std::vector<double>>& extra) {
  auto way = shortest_way(costs, extra);
  while (learn(costs, way)) way = shortest_way(costs, extra);
  return way;
}

std::vector<std::size_t> plan_search::shortest_way(
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
  auto costs = costs_of(layouts_for(nodes, weights, home));
  return laid_out(costs, quickest_way(costs, {}));
}

}  // namespace bramble
