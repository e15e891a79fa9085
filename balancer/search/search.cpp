#include "balancer/search/search.hpp"

#include <algorithm>
#include <cmath>

#include "config/defaults.hpp"

namespace bramble {
plan_search::plan_search(const cost_model& cost, std::uint16_t host, const std::atomic<bool>* stop)
    : cost_{cost},
      graph_{cost.model()},
      host_{host},
      stop_{stop},
      drafting_{graph_},
      judge_{cost, host},
      stretches_{stretches_of(graph_)},
      families_{families_of(cost, host, stretches_)},
      memory_{cost, host} {}

double plan_search::score(const candidate& d, op_id first, op_id last, double most) {
  return judge_.score(d.pieces, first, last, nodes_.size(), most);
}

double plan_search::makespan_ms(const candidate& d) {
  return judge_.makespan_ms(d.pieces, 0, static_cast<op_id>(graph_.ops.size()));
}

std::optional<double> plan_search::makespan_below(const candidate& d, double most_ms) {
  return judge_.makespan_below(d.pieces, most_ms);
}

candidate plan_search::alone(std::uint16_t node) {
  candidate d;
  d.choices.resize(graph_.ops.size());
  d.pieces.resize(graph_.ops.size());
  drafting_.begin();
  for (op_id op = 0; op < graph_.ops.size(); ++op) drafting_.set_whole(d, op, node);
  drafting_.begin();
  return d;
}

candidate plan_search::strips(const std::vector<std::uint16_t>& nodes,
                              const std::vector<double>& weights, std::uint16_t home) {
  return drafting_.divided(
      drafting_.add_form(grid_form(nodes, weights, nodes.size(), map_axis::columns)), home);
}

candidate plan_search::slices(const std::vector<std::uint16_t>& nodes,
                              const std::vector<double>& weights, std::uint16_t home) {
  return drafting_.divided(drafting_.add_form(grid_form(nodes, weights, 1, map_axis::channels)),
                           home);
}

template <class Change>
bool plan_search::attempt(candidate& d, const window& w, double& best, const Change& change) {
  drafting_.begin();
  if (change()) {
    const auto now = score(d, w.first, w.last, best * (1 - least_gain));
    if (now < best * (1 - least_gain) && fits(d)) {
      best = now;
      return true;
    }
  }
  drafting_.undo(d);
  return false;
}

/// Changes the ops of a group in each stretch of the window that is of its family.
template <class Change>
bool plan_search::each(const window& w, const std::vector<op_id>& group, const Change& change) {
  bool changed = false;
  for (auto start : w.starts) {
    for (auto offset : group) {
      if constexpr (std::is_void_v<decltype(change(op_id{}))>) {
        change(start + offset);
        changed = true;
      } else {
        changed = change(start + offset) || changed;
      }
    }
  }
  return changed;
}

/// Ways to move a line: of many nodes at first only so that who has more to do gets less.
std::vector<std::int32_t> plan_search::ways_of(const candidate& d, const window& w,
                                               std::int16_t form, std::size_t line) {
  if (both_ways_) return {1, -1};
  const auto axis = static_cast<std::size_t>(drafting_.form(form).lines[line].axis);
  const auto& work = judge_.work_of(d.pieces, w.first, w.last);
  double before = 0, behind = 0;  // the most that a node on either side has to do
  for (const auto& cell : drafting_.form(form).cells) {
    if (cell.to[axis] == static_cast<std::int16_t>(line))
      before = std::max(before, work[cell.node]);
    if (cell.from[axis] == static_cast<std::int16_t>(line))
      behind = std::max(behind, work[cell.node]);
  }
  if (before > behind * defaults::equal_work) return {-1};
  if (behind > before * defaults::equal_work) return {1};
  return {1, -1};
}

bool plan_search::try_group(candidate& d, const window& w, const std::vector<op_id>& group,
                            double& best) {
  bool better = false;
  const auto& choice = d.choices[w.starts[0] + group[0]];
  for (std::size_t line = 0; line < choice.lines.size(); ++line)
    for (const auto steps : ways_of(d, w, choice.form, line))
      while (!spent() && attempt(d, w, best, [&] {
        return each(w, group, [&](op_id op) { return drafting_.move_line(d, op, line, steps); });
      }))
        better = true;
  auto flip = [&](bool op_choice::*flag, void (candidate_editor::*set)(candidate&, op_id, bool)) {
    return attempt(d, w, best, [&] {
      const bool on = !(d.choices[w.starts[0] + group[0]].*flag);
      return each(w, group, [&](op_id op) {
        (drafting_.*set)(d, op, on);
        return d.choices[op].form != op_choice::whole;
      });
    });
  };
  if (!spent()) better |= flip(&op_choice::grow, &candidate_editor::set_grow);
  if (!spent()) better |= flip(&op_choice::border_first, &candidate_editor::set_border_first);
  return better;
}

/// Of a family's groups those from `begin` to `end`.
void plan_search::climb(candidate& d, const window& w, const family& f, std::size_t begin,
                        std::size_t end, double& best) {
  for (auto i = begin; i < end && !spent(); ++i) try_group(d, w, f.groups[i], best);
}

/// Rows are what kernels and memory like best: another form must be clearly better, lines in place.
void plan_search::try_forms(candidate& d, const window& w, const family& f, const candidate& before,
                            double start_ms, double& best) {
  auto other = before;
  auto other_best = start_ms * 2;
  for (auto form : forms_)
    if (!spent())
      attempt(other, w, other_best, [&] {
        return each(w, f.groups[0], [&](op_id op) { drafting_.set_form(other, op, form); });
      });
  if (other_best >= start_ms * defaults::form_promise) return;
  climb(other, w, f, 0, f.branch_groups, other_best);
  if (other_best >= best * defaults::form_gain) return;
  d = std::move(other);
  best = other_best;
}

/// Changes the members of a family alike, as `change` does in the window; what that gains there the
/// whole must gain too.
template <class Change>
bool plan_search::improve_family(candidate& d, const family& f, double& whole_ms,
                                 const Change& change) {
  const auto w = window_of(f, stretches_);
  const auto before = d;
  const auto start_ms = score(d, w.first, w.last);
  auto best = start_ms;
  change(w, before, start_ms, best);
  if (best == start_ms) return false;
  spread(d, w, f);
  const auto ms = makespan_ms(d);
  if (ms > whole_ms || !fits(d)) {
    d = before;
    return false;
  }
  whole_ms = ms;
  return true;
}

/// Gives all members of the family the choices of the one in the window.
void plan_search::spread(candidate& d, const window& w, const family& f) {
  drafting_.begin();
  for (auto member : f.members) {
    const auto start = stretches_[member].first;
    if (std::find(w.starts.begin(), w.starts.end(), start) != w.starts.end()) continue;
    for (auto offset : f.groups[0])
      drafting_.copy_choice(d, start + offset, d.choices[w.first + offset]);
  }
}

/// The nodes on which a whole branch may do best: where the input lies, the quickest, and who has
/// least to do.
std::vector<std::uint16_t> plan_search::takers_of(const candidate& d, const window& w) {
  const auto& work = judge_.work_of(d.pieces, w.first, w.last);
  const auto idlest = *std::min_element(nodes_.begin(), nodes_.end(),
                                        [&](auto a, auto b) { return work[a] < work[b]; });
  const auto quickest = *std::min_element(nodes_.begin(), nodes_.end(), [&](auto a, auto b) {
    return cost_.model_ms(a) < cost_.model_ms(b);
  });
  std::vector<std::uint16_t> takers{idlest};
  if (quickest != idlest) takers.push_back(quickest);
  const bool has_host = std::find(nodes_.begin(), nodes_.end(), host_) != nodes_.end();
  if (has_host && host_ != idlest && host_ != quickest) takers.push_back(host_);
  return takers;
}

/// The stretch, or one of its branches, on a single node.
void plan_search::try_whole(candidate& d, const window& w, const family& f, double& best) {
  for (std::size_t i = 0; i < f.branch_groups; ++i)
    for (auto node : takers_of(d, w))
      if (!spent())
        attempt(d, w, best, [&] {
          return each(w, f.groups[i], [&](op_id op) { drafting_.set_whole(d, op, node); });
        });
}

/// Every group of every stretch, until none is bettered any more.
template <class Attempt>
void plan_search::for_each_group(const Attempt& attempt) {
  for (bool better = true; better && !spent();) {
    better = false;
    for (const auto& f : families_)
      for (auto member : f.members)
        for (std::size_t i = 0; i < f.groups.size() && !spent(); ++i)
          better |= attempt(member, f.groups[i]);
  }
}

/// Each stretch on its own, judged with its neighbours; what they gain the whole must gain too.
void plan_search::polish_locally(candidate& d) {
  if (spent()) return;
  auto whole = makespan_ms(d);
  for_each_group([&](std::size_t member, const std::vector<op_id>& group) {
    window w;
    w.first = stretches_[member == 0 ? 0 : member - 1].first;
    w.last = stretches_[std::min(member + 1, stretches_.size() - 1)].last;
    w.starts = {stretches_[member].first};
    const auto before = d;
    auto local = score(d, w.first, w.last);
    if (!try_group(d, w, group, local)) return false;
    const auto ms = makespan_ms(d);
    if (ms < whole * (1 - least_gain)) {
      whole = ms;
      return true;
    }
    d = before;
    return false;
  });
}

/// Each stretch on its own, by the whole graph's makespan.
void plan_search::polish(candidate& d) {
  if (spent()) return;
  window w;
  w.last = static_cast<op_id>(graph_.ops.size());
  auto best = score(d, 0, w.last);
  for_each_group([&](std::size_t member, const std::vector<op_id>& group) {
    w.starts = {stretches_[member].first};
    return try_group(d, w, group, best);
  });
}

void plan_search::place(candidate& d, op_id op, const op_choice& where) {
  if (where.form == op_choice::whole)
    drafting_.set_whole(d, op, where.node);
  else
    drafting_.set_form(d, op, where.form);
}

/// Choices for one op: whole on one of the nodes, or in row strips over all.
std::vector<op_choice> plan_search::places_in(const std::vector<std::uint16_t>& nodes,
                                              std::int16_t rows) const {
  std::vector<op_choice> out;
  out.reserve(nodes.size() + 1);
  for (auto node : nodes) out.push_back({op_choice::whole, node, {}});
  out.push_back({rows, host_, {}});
  return out;
}

/// Every group of every stretch whole on each node, or in rows.
void plan_search::place_groups(candidate& d) {
  if (spent()) return;
  const auto places = places_in(nodes_, rows_);
  window w;
  w.last = static_cast<op_id>(graph_.ops.size());
  auto best = score(d, 0, w.last);
  for_each_group([&](std::size_t member, const std::vector<op_id>& group) {
    w.starts = {stretches_[member].first};
    bool better = false;
    for (const auto& where : places)
      if (!spent())
        better |= attempt(d, w, best,
                          [&] { return each(w, group, [&](op_id op) { place(d, op, where); }); });
    return better;
  });
}

std::vector<const family*> plan_search::by_work() const {
  std::vector<const family*> order;
  for (const auto& f : families_) order.push_back(&f);
  std::stable_sort(order.begin(), order.end(),
                   [](const family* a, const family* b) { return a->work_ms > b->work_ms; });
  return order;
}

/// What is found depends on these nodes alone, whatever was searched before.
void plan_search::begin(const candidate& d, const std::vector<std::uint16_t>& nodes,
                        const std::vector<double>& weights) {
  keeps_to_memory_ = memory_.binds() && memory_.holds(d.pieces);
  nodes_ = nodes;
  random_ = {};
  forms_.clear();
  rows_ = drafting_.add_form(grid_form(nodes, weights, nodes.size(), map_axis::columns));
  for (const auto groups : {nodes.size() - 1, nodes.size() / 2, nodes.size() / 3, std::size_t{1}}) {
    if (groups == 0) continue;
    forms_.push_back(drafting_.add_form(grid_form(nodes, weights, groups, map_axis::columns)));
    forms_.push_back(drafting_.add_form(grid_form(nodes, weights, groups, map_axis::channels)));
  }
}

/// A pass over all families, the largest first, and again over those that a pass has bettered: what
/// is gained first in each is worth more than the last of any.
template <class Pass>
void plan_search::improve_families(candidate& d, const Pass& pass) {
  auto whole_ms = makespan_ms(d);
  auto open = by_work();
  for (std::size_t round = 0; !open.empty() && !spent(); ++round)
    std::erase_if(open, [&](const family* f) {
      return spent() ||
             !improve_family(d, *f, whole_ms, [&](auto&... where) { pass(*f, round, where...); });
    });
}

/// By whole stretches and their branches, in all members of a family alike.
void plan_search::improve_roughly(candidate& d) {
  improve_families(d, [&](const family& f, std::size_t round, const window& w,
                          const candidate& before, double start_ms, double& best) {
    both_ways_ = round > 0 || nodes_.size() <= defaults::few_nodes;
    if (round == 0) try_whole(d, w, f, best);
    climb(d, w, f, 0, f.branch_groups, best);
    if (round == 0) try_forms(d, w, f, before, start_ms, best);
  });
}

/// Op by op, in all members of a family alike and then in each; by the whole graph at last.
void plan_search::improve_finely(candidate& d) {
  both_ways_ = true;
  // Branches have been looked at: again only when single ops have changed.
  improve_families(d, [&](const family& f, std::size_t round, const window& w, const candidate&,
                          double, double& best) {
    climb(d, w, f, round == 0 ? f.branch_groups : 0, f.groups.size(), best);
  });
  polish_locally(d);
  polish(d);
  place_groups(d);
  anneal(d);
}

void plan_search::improve(candidate& d, const std::vector<std::uint16_t>& nodes,
                          const std::vector<double>& weights, std::uint64_t effort) {
  begin(d, nodes, weights);
  const auto until = judge_.effort() + effort;
  limit_ = judge_.effort() + effort / 2;
  improve_roughly(d);
  limit_ = until;
  improve_finely(d);
}

}  // namespace bramble
