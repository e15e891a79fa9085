#include "model/graph/structure.hpp"

#include <algorithm>
#include <numeric>

namespace bramble {
namespace {

/// By op: the last op that reads anything it makes, or itself.
std::vector<op_id> last_reader(const graph& g) {
  std::vector<op_id> last(g.ops.size());
  std::iota(last.begin(), last.end(), 0);
  for (op_id op = 0; op < g.ops.size(); ++op)
    for (auto input : g.ops[op].inputs)
      if (const auto producer = g.values[input].producer; producer != no_id)
        last[producer] = std::max(last[producer], op);
  return last;
}

op_id last_reader_of_inputs(const graph& g) {
  op_id last = 0;
  for (op_id op = 0; op < g.ops.size(); ++op)
    for (auto input : g.ops[op].inputs)
      if (g.values[input].producer == no_id) last = op;
  return last;
}

bool reads_from(const graph& g, op_id op, op_id first, op_id last) {
  const auto& inputs = g.ops[op].inputs;
  return std::any_of(inputs.begin(), inputs.end(), [&](value_id input) {
    const auto producer = g.values[input].producer;
    return producer != no_id && first <= producer && producer < last;
  });
}

std::vector<value_id> entry_of(const graph& g, op_id first, op_id last) {
  std::vector<value_id> entry;
  for (auto op = first; op < last; ++op)
    for (auto input : g.ops[op].inputs)
      if (const auto producer = g.values[input].producer; producer == no_id || producer < first)
        entry.push_back(input);
  std::sort(entry.begin(), entry.end());
  entry.erase(std::unique(entry.begin(), entry.end()), entry.end());
  return entry;
}

}  // namespace

std::vector<stretch> stretches_of(const graph& g) {
  const auto last = last_reader(g);
  const auto inputs_until = last_reader_of_inputs(g);
  std::vector<stretch> out;
  op_id first = 0;
  op_id live_until = 0;  // last reader of anything made before the op at hand
  for (op_id op = 0; op < g.ops.size(); ++op) {
    const bool cut = live_until <= op && inputs_until <= op;
    live_until = std::max(live_until, last[op]);
    if (!cut && op + 1 < g.ops.size()) continue;
    out.push_back({first, op + 1});
    first = op + 1;
  }
  return out;
}

std::vector<branch> branches_of(const graph& g, op_id first, op_id last) {
  std::vector<op_id> root(last - first);
  std::iota(root.begin(), root.end(), first);
  auto find = [&](op_id op) {
    while (root[op - first] != op) op = root[op - first] = root[root[op - first] - first];
    return op;
  };
  for (auto op = first; op < last; ++op) {
    for (auto input : g.ops[op].inputs) {
      const auto producer = g.values[input].producer;
      if (producer == no_id || producer < first) continue;
      const auto a = find(producer), b = find(op);
      root[std::max(a, b) - first] = std::min(a, b);
    }
  }
  std::vector<branch> out;
  std::vector<std::size_t> index(last - first);
  for (auto op = first; op < last; ++op) {
    const auto top = find(op);
    if (top == op) {
      index[op - first] = out.size();
      out.emplace_back();
    }
    out[index[top - first]].ops.push_back(op);
  }
  return out;
}

std::vector<layer> layers_of(const graph& g) {
  std::vector<layer> layers;
  for (const auto& [first, last] : stretches_of(g)) {
    layer next;
    const auto end = static_cast<op_id>(last - 1);
    if (last - first > 1 && reads_from(g, end, first, end)) {
      next.branches = branches_of(g, first, end);
      next.join = end;
    } else {
      next.branches = branches_of(g, first, last);
    }
    if (next.branches.size() == 1) {
      // One branch has nothing beside it: with its join it is a chain, and so is its neighbour.
      if (next.join) next.branches[0].ops.push_back(*next.join);
      next.join.reset();
      if (!layers.empty() && layers.back().is_chain()) {
        auto& ops = layers.back().branches[0].ops;
        ops.insert(ops.end(), next.branches[0].ops.begin(), next.branches[0].ops.end());
        continue;
      }
    }
    next.entry = entry_of(g, first, last);
    layers.push_back(std::move(next));
  }
  return layers;
}

double critical_path(const graph& g, const std::vector<double>& weight) {
  std::vector<double> until(g.ops.size(), 0);
  double longest = 0;
  for (op_id op = 0; op < g.ops.size(); ++op) {
    for (auto input : g.ops[op].inputs)
      if (const auto producer = g.values[input].producer; producer != no_id)
        until[op] = std::max(until[op], until[producer]);
    until[op] += weight[op];
    longest = std::max(longest, until[op]);
  }
  return longest;
}

}  // namespace bramble
