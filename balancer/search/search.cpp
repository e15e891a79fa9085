#include "balancer/search/search.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "config/defaults.hpp"

namespace bramble {
namespace {

/// Everything that decides how a stretch behaves, as text.
std::string look_of(const graph& g, const stretch& s) {
  byte_vector bytes;
  byte_writer writer{bytes};
  for (auto op = s.first; op < s.last; ++op) {
    const auto& o = g.ops[op];
    writer(o.kind, o.win, o.groups, g.values[o.outputs[0]].shape, o.call.schema);
    for (auto input : o.inputs) {
      const auto producer = g.values[input].producer;
      const bool inside = producer != no_id && producer >= s.first;
      writer(inside ? producer - s.first : no_id, g.values[input].shape);
    }
  }
  return {bytes.begin(), bytes.end()};
}

}  // namespace

plan_search::plan_search(const cost_model& cost, std::uint16_t host)
    : cost_{cost},
      graph_{cost.model()},
      host_{host},
      drafting_{graph_},
      builder_{graph_},
      simulator_{cost},
      stretches_{stretches_of(graph_)},
      memory_{cost, host} {
  find_families();
}

void plan_search::find_families() {
  std::map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < stretches_.size(); ++i) {
    const auto& [first, last] = stretches_[i];
    const auto [at, is_new] = known.emplace(look_of(graph_, stretches_[i]), families_.size());
    if (is_new) {
      family f;
      const auto size = last - first;
      f.groups.emplace_back();
      for (op_id offset = 0; offset < size; ++offset) f.groups[0].push_back(offset);
      if (size > 1) {
        const auto branches = branches_of(graph_, first, static_cast<op_id>(last - 1));
        for (const auto& b : branches) {
          if (branches.size() == 1) break;
          auto& group = f.groups.emplace_back();
          for (auto op : b.ops) group.push_back(op - first);
        }
      }
      f.branch_groups = f.groups.size();
      if (size > 1)
        for (op_id offset = 0; offset < size; ++offset) f.groups.push_back({offset});
      families_.push_back(std::move(f));
    }
    auto& f = families_[at->second];
    f.members.push_back(i);
    for (auto op = first; op < last; ++op) f.work_ms += cost_.whole_ms(host_, op);
  }
}

double plan_search::score(const candidate& d, op_id first, op_id last) {
  const auto nodes = cost_.devices().nodes.size();
  builder_.build(d.pieces, nodes, host_, first, last, schedule_);
  const auto& result = simulator_.run(schedule_);
  effort_ += schedule_.steps.size() + schedule_.transfers.size();
  // Among candidates that take equally long the more even one is better: the next change may pay
  // then.
  double squares = 0;
  for (auto ms : result.busy_ms) squares += ms * ms;
  return result.makespan_ms + defaults::evenness * std::sqrt(squares / static_cast<double>(nodes));
}

const simulation& plan_search::simulate(const candidate& d) {
  builder_.build(d.pieces, cost_.devices().nodes.size(), host_, 0,
                 static_cast<op_id>(graph_.ops.size()), schedule_);
  effort_ += schedule_.steps.size() + schedule_.transfers.size();
  return simulator_.run(schedule_);
}

double plan_search::makespan_ms(const candidate& d) {
  return simulate(d).makespan_ms;
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

plan_search::window plan_search::window_of(const family& f) const {
  // Best judged where the next stretch is of the same family: most are then in that place.
  auto member = f.members.front();
  for (std::size_t i = 0; i + 1 < f.members.size(); ++i)
    if (f.members[i] + 1 == f.members[i + 1]) {
      member = f.members[i];
      break;
    }
  window w;
  w.first = stretches_[member].first;
  w.starts.push_back(w.first);
  auto next = member + 1;
  if (next < stretches_.size()) {
    if (std::find(f.members.begin(), f.members.end(), next) != f.members.end())
      w.starts.push_back(stretches_[next].first);
  } else {
    --next;
  }
  w.last = stretches_[next].last;
  return w;
}

template <class Change>
bool plan_search::attempt(candidate& d, const window& w, double& best, const Change& change) {
  drafting_.begin();
  if (change()) {
    const auto now = score(d, w.first, w.last);
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

bool plan_search::try_group(candidate& d, const window& w, const std::vector<op_id>& group,
                            double& best) {
  bool better = false;
  const auto& choice = d.choices[w.starts[0] + group[0]];
  for (std::size_t line = 0; line < choice.lines.size(); ++line)
    for (const std::int32_t steps : {1, -1})
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

void plan_search::climb(candidate& d, const window& w, const family& f, double& best) {
  for (bool better = true; better && !spent();) {
    better = false;
    for (const auto& group : f.groups)
      if (!spent()) better |= try_group(d, w, group, best);
  }
}

void plan_search::improve_family(candidate& d, const family& f, double& whole_ms) {
  const auto w = window_of(f);
  const auto before = d;
  const auto start_ms = score(d, w.first, w.last);
  auto best = start_ms;
  try_whole(d, w, f, best);
  climb(d, w, f, best);

  // Rows are what kernels and memory like best: another form must be clearly better, lines in
  // place.
  auto other = before;
  auto other_best = start_ms * 2;
  for (auto form : forms_)
    if (!spent())
      attempt(other, w, other_best, [&] {
        return each(w, f.groups[0], [&](op_id op) { drafting_.set_form(other, op, form); });
      });
  if (other_best < start_ms * defaults::form_promise) {
    climb(other, w, f, other_best);
    if (other_best < best * defaults::form_gain) {
      d = std::move(other);
      best = other_best;
    }
  }
  if (best == start_ms) return;
  spread(d, w, f);
  const auto ms = makespan_ms(d);
  if (ms > whole_ms || !fits(d))
    d = before;
  else
    whole_ms = ms;
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

/// The stretch, or one of its branches, on a single node.
void plan_search::try_whole(candidate& d, const window& w, const family& f, double& best) {
  for (std::size_t i = 0; i < f.branch_groups; ++i)
    for (auto node : nodes_)
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

void plan_search::improve(candidate& d, const std::vector<std::uint16_t>& nodes,
                          const std::vector<double>& weights, std::uint64_t effort) {
  limit_ = effort_ + effort;
  keeps_to_memory_ = memory_.binds() && memory_.holds(d.pieces);
  nodes_ = nodes;
  forms_.clear();
  rows_ = drafting_.add_form(grid_form(nodes, weights, nodes.size(), map_axis::columns));
  for (const auto groups : {nodes.size() - 1, nodes.size() / 2, nodes.size() / 3, std::size_t{1}}) {
    if (groups == 0) continue;
    forms_.push_back(drafting_.add_form(grid_form(nodes, weights, groups, map_axis::columns)));
    forms_.push_back(drafting_.add_form(grid_form(nodes, weights, groups, map_axis::channels)));
  }
  std::vector<const family*> order;
  for (const auto& f : families_) order.push_back(&f);
  std::stable_sort(order.begin(), order.end(),
                   [](const family* a, const family* b) { return a->work_ms > b->work_ms; });
  auto whole_ms = makespan_ms(d);
  for (const auto* f : order) {
    if (spent()) break;
    improve_family(d, *f, whole_ms);
  }
  polish_locally(d);
  polish(d);
  place_groups(d);
  anneal(d);
}

}  // namespace bramble
