#include "model/plan/schedule.hpp"

#include <algorithm>
#include <numeric>

#include "model/graph/structure.hpp"

namespace bramble {

piece_table table_of(const plan& p, const graph& g) {
  piece_table table(g.ops.size());
  for (const auto& part : p.pieces) table[part.op].push_back(part);
  return table;
}

schedule_builder::schedule_builder(const graph& g)
    : graph_{g},
      is_wanted_(g.values.size()),
      fetch_of_value_(g.values.size()),
      last_fetch_(g.values.size()) {
  extents_.reserve(g.values.size());
  for (const auto& value : g.values) extents_.push_back(extent(value));
  find_read_twice();
  order_steps();
}

void schedule_builder::find_read_twice() {
  is_read_twice_.assign(graph_.values.size(), false);
  for (const auto& o : graph_.ops) {
    if (o.kind != op_kind::take) continue;
    for (std::size_t i = 1; i < o.inputs.size(); ++i)
      if (std::find(o.inputs.begin(), o.inputs.begin() + static_cast<std::ptrdiff_t>(i),
                    o.inputs[i]) != o.inputs.begin() + static_cast<std::ptrdiff_t>(i))
        is_read_twice_[o.inputs[i]] = true;
  }
}

/// What has the longest way before it goes first, so that its exchanges overlap with the shorter
/// branches' work.
void schedule_builder::order_steps() {
  std::vector<double> way(graph_.ops.size(), 0);  // work from the op's start to the graph's end
  for (auto op = static_cast<op_id>(graph_.ops.size()); op-- > 0;) {
    way[op] += 1 + macs(graph_, op);
    for (auto input : graph_.ops[op].inputs)
      if (const auto producer = graph_.values[input].producer; producer != no_id)
        way[producer] = std::max(way[producer], way[op]);
  }
  order_.resize(graph_.ops.size());
  std::iota(order_.begin(), order_.end(), 0);
  for (const auto& [first, last] : stretches_of(graph_))
    std::stable_sort(order_.begin() + first, order_.begin() + last,
                     [&](op_id a, op_id b) { return way[a] > way[b]; });
}

/// The part of `value` that the piece makes: an atom's further outputs are made whole.
region schedule_builder::made(value_id value, const piece& p) const {
  return graph_.ops[p.op].outputs[0] == value ? p.out : extents_[value];
}

void schedule_builder::want(value_id value, std::size_t node, const region& part, bool again) {
  if (part.empty()) return;
  if (!is_wanted_[value]) {
    is_wanted_[value] = true;
    wanted_.push_back(value);
  }
  auto& need = needs_[value * nodes_ + node];
  need = hull(need, part);
  if (!is_read_twice_[value]) return;
  auto& parts = parts_of_needs_[value * nodes_ + node];
  (again ? parts.again : parts.first) = hull(again ? parts.again : parts.first, part);
}

const std::vector<region>& schedule_builder::needs_of(const piece& p) {
  auto& recent = recent_[p.op * nodes_ + p.node];
  for (std::size_t back = 0; back < recent.last.size(); ++back) {
    const auto& entry = recent.last[(recent.newest - back) % recent.last.size()];
    if (entry.out == p.out && !p.out.empty()) return entry.needs;
  }
  auto& entry = recent.last[++recent.newest % recent.last.size()];
  entry.out = p.out;
  needed_inputs(graph_, graph_.ops[p.op], p.out, entry.needs);
  return entry.needs;
}

void schedule_builder::collect_needs(const piece_table& pieces, op_id first, op_id last,
                                     schedule& out) {
  for (auto place = first; place < last; ++place) {
    const auto op = order_[place];
    first_step_[op] = static_cast<std::uint32_t>(out.steps.size());
    const auto& o = graph_.ops[op];
    for (const auto& p : pieces[op]) {
      out.steps.push_back({op, p.node, p.out});
      uses_begin_.push_back(static_cast<std::uint32_t>(uses_.size()));
      const auto& needs = needs_of(p);
      for (std::size_t i = 0; i < needs.size(); ++i) {
        if (needs[i].empty()) continue;
        uses_.push_back({o.inputs[i], needs[i]});
        want(o.inputs[i], p.node, needs[i], o.kind == op_kind::take && i > 0);
      }
    }
  }
  uses_begin_.push_back(static_cast<std::uint32_t>(uses_.size()));
  if (last == graph_.ops.size())
    for (auto id : graph_.outputs) want(id, out.host, extents_[id], false);
}

void schedule_builder::build(const piece_table& pieces, std::size_t nodes, std::uint16_t host,
                             op_id first, op_id last, schedule& out) {
  for (auto value : wanted_) is_wanted_[value] = false;
  if (nodes_ != nodes) {
    nodes_ = nodes;
    recent_.assign(graph_.ops.size() * nodes, {});
    needs_.assign(graph_.values.size() * nodes, {});
    parts_of_needs_.assign(graph_.values.size() * nodes, {});
    incoming_.assign(graph_.values.size() * nodes, {0, 0});
  } else {
    for (auto value : wanted_) {
      std::fill_n(needs_.begin() + static_cast<std::ptrdiff_t>(value * nodes), nodes, region{});
      std::fill_n(incoming_.begin() + static_cast<std::ptrdiff_t>(value * nodes), nodes,
                  std::pair<std::uint32_t, std::uint32_t>{0, 0});
      if (is_read_twice_[value])
        std::fill_n(parts_of_needs_.begin() + static_cast<std::ptrdiff_t>(value * nodes), nodes,
                    two_parts{});
    }
  }
  wanted_.clear();
  uses_.clear();
  uses_begin_.clear();
  first_step_.assign(graph_.ops.size(), schedule::no_step);
  out.nodes = nodes;
  out.host = host;
  out.steps.clear();
  out.transfers.clear();
  out.source.clear();
  out.results.clear();

  collect_needs(pieces, first, last, out);
  std::sort(wanted_.begin(), wanted_.end());
  static const std::vector<piece> nobody;
  for (auto value : wanted_) {
    const auto producer = graph_.values[value].producer;
    fetch_value(producer == no_id ? nobody : pieces[producer], value, out);
  }
  if (last == graph_.ops.size()) {
    for (auto id : graph_.outputs) {
      const auto [begin, end] = incoming_[id * nodes_ + host];
      for (auto t = begin; t < end; ++t) out.results.push_back(t);
    }
    std::sort(out.results.begin(), out.results.end());
    out.results.erase(std::unique(out.results.begin(), out.results.end()), out.results.end());
  }
  link_steps(pieces, out);
}

/// The transfers of one value to all nodes that need any of it.
void schedule_builder::fetch_value(const std::vector<piece>& makers, value_id value,
                                   schedule& out) {
  auto first = static_cast<std::uint32_t>(out.transfers.size());
  const auto producer = graph_.values[value].producer;
  const auto nodes = static_cast<std::uint16_t>(nodes_);
  if (producer == no_id) {
    for (std::uint16_t node = 0; node < nodes; ++node) {
      if (node == out.host || need(value, node).empty()) continue;
      incoming_[value * nodes_ + node] = {first, first + 1};
      ++first;
      out.transfers.push_back({value, need(value, node), out.host, node});
      out.source.push_back(schedule::no_step);
    }
    return;
  }
  const auto& all = known(makers, value);
  out.transfers.insert(out.transfers.end(), all.transfers.begin(), all.transfers.end());
  const auto step = first_step_[producer];
  for (auto maker : all.maker)
    out.source.push_back(step == schedule::no_step ? schedule::no_step : step + maker);
  std::uint32_t begin = 0;
  for (std::size_t node = 0; node < nodes_; ++node) {
    const auto end = all.until[node];
    if (begin != end) incoming_[value * nodes_ + node] = {first + begin, first + end};
    begin = end;
  }
}

const schedule_builder::known_fetch& schedule_builder::known(const std::vector<piece>& makers,
                                                             value_id value) {
  auto& both = fetch_of_value_[value];
  auto& last = last_fetch_[value];
  const auto needs = needs_.begin() + static_cast<std::ptrdiff_t>(value * nodes_);
  for (int i = 0; i < 2; ++i, last = 1 - last) {
    const auto& entry = both[last];
    if (!is_read_twice_[value] && entry.until.size() == nodes_ && entry.makers == makers &&
        std::equal(entry.needs.begin(), entry.needs.end(), needs))
      return entry;
  }
  last = 1 - last;
  auto& entry = both[last];
  entry.makers = makers;
  entry.needs.assign(needs, needs + static_cast<std::ptrdiff_t>(nodes_));
  entry.transfers.clear();
  entry.maker.clear();
  entry.until.clear();
  const auto nodes = static_cast<std::uint16_t>(nodes_);
  for (std::uint16_t node = 0; node < nodes; ++node) {
    if (!need(value, node).empty()) fetch(value, node, entry);
    entry.until.push_back(static_cast<std::uint32_t>(entry.transfers.size()));
  }
  return entry;
}

/// All that a node wants of a value, disjoint.
void schedule_builder::miss_wanted(value_id value, std::uint16_t node) {
  if (!is_read_twice_[value]) return missing_.assign(1, need(value, node));
  const auto& [first, again] = parts_of_needs_[value * nodes_ + node];
  missing_.clear();
  if (!first.empty()) missing_.push_back(first);
  subtract(again, first, missing_);
}

void schedule_builder::fetch(value_id value, std::uint16_t node, known_fetch& out) {
  const auto& wanted = need(value, node);
  miss_wanted(value, node);
  for (const auto& own : out.makers) {
    if (own.node != node) continue;
    const auto have = made(value, own);
    if (have.contains(wanted)) return;
    rest_.clear();
    for (const auto& box : missing_) subtract(box, have, rest_);
    missing_.swap(rest_);
  }
  fetch_missing(value, node, out);
}

/// Covers `missing_` from as few pieces as greed finds: always the one that gives most next.
void schedule_builder::fetch_missing(value_id value, std::uint16_t node, known_fetch& out) {
  const auto& makers = out.makers;
  const auto first = out.transfers.size();
  auto is_source = [&](std::uint16_t from) {
    for (auto t = first; t < out.transfers.size(); ++t)
      if (out.transfers[t].from == from) return true;
    return false;
  };
  helpers_.clear();
  for (std::size_t i = 0; i < makers.size(); ++i)
    if (makers[i].node != node && !intersect(made(value, makers[i]), need(value, node)).empty())
      helpers_.push_back(static_cast<std::uint32_t>(i));
  while (!missing_.empty()) {
    std::size_t best = makers.size();
    std::int64_t best_gain = 0;
    bool best_known = false;
    for (auto i : helpers_) {
      const auto have = made(value, makers[i]);
      std::int64_t gain = 0;
      for (const auto& box : missing_) {
        const auto common = intersect(box, have);
        if (!common.empty()) gain += common.elements();
      }
      if (gain < best_gain || gain == 0) continue;
      const bool known = is_source(makers[i].node);
      if (gain == best_gain && (best_known || !known)) continue;
      best = i, best_gain = gain, best_known = known;
    }
    if (best == makers.size())
      throw user_error("The plan has a hole: node " + std::to_string(node) +
                       " needs a part of value " + std::to_string(value) + " that no piece of op " +
                       std::to_string(graph_.values[value].producer) + " makes.");
    const auto have = made(value, makers[best]);
    parts_.clear();
    rest_.clear();
    for (const auto& box : missing_) {
      const auto common = intersect(box, have);
      if (common.empty()) {
        rest_.push_back(box);
        continue;
      }
      // Boxes that were cut apart by others' pieces but fit together travel as one message.
      bool merged = false;
      for (auto& part : parts_) {
        const auto both = hull(part.part, common);
        if (both.elements() != part.part.elements() + common.elements()) continue;
        part.part = both;
        merged = true;
        break;
      }
      if (!merged) parts_.push_back({value, common, makers[best].node, node});
      subtract(box, have, rest_);
    }
    missing_.swap(rest_);
    out.transfers.insert(out.transfers.end(), parts_.begin(), parts_.end());
    out.maker.insert(out.maker.end(), parts_.size(), static_cast<std::uint32_t>(best));
  }
}

void schedule_builder::link_steps(const piece_table& pieces, schedule& out) {
  out.after_begin.clear();
  out.after.clear();
  out.awaits_begin.clear();
  out.awaits.clear();
  out.urgency.assign(out.transfers.size(), schedule::no_step);
  auto unique_tail = [](std::vector<std::uint32_t>& items, std::uint32_t begin) {
    if (items.size() < begin + 2) return;
    const auto from = items.begin() + begin;
    std::sort(from, items.end());
    items.erase(std::unique(from, items.end()), items.end());
  };
  for (std::size_t s = 0; s < out.steps.size(); ++s) {
    const auto node = out.steps[s].node;
    out.after_begin.push_back(static_cast<std::uint32_t>(out.after.size()));
    out.awaits_begin.push_back(static_cast<std::uint32_t>(out.awaits.size()));
    for (auto u = uses_begin_[s]; u < uses_begin_[s + 1]; ++u) {
      const auto& [value, part] = uses_[u];
      const auto producer = graph_.values[value].producer;
      if (producer != no_id && first_step_[producer] != schedule::no_step) {
        const auto& makers = pieces[producer];
        for (std::size_t i = 0; i < makers.size(); ++i)
          if (makers[i].node == node && !intersect(made(value, makers[i]), part).empty())
            out.after.push_back(first_step_[producer] + static_cast<std::uint32_t>(i));
      }
      const auto [begin, end] = incoming_[value * nodes_ + node];
      for (auto t = begin; t < end; ++t)
        if (!intersect(out.transfers[t].part, part).empty()) {
          out.awaits.push_back(t);
          out.urgency[t] = std::min(out.urgency[t], static_cast<std::uint32_t>(s));
        }
    }
    unique_tail(out.after, out.after_begin.back());
    unique_tail(out.awaits, out.awaits_begin.back());
  }
  out.after_begin.push_back(static_cast<std::uint32_t>(out.after.size()));
  out.awaits_begin.push_back(static_cast<std::uint32_t>(out.awaits.size()));
}

}  // namespace bramble
