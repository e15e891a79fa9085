#include "model/plan/program.hpp"

#include <algorithm>
#include <numeric>

#include "model/plan/schedule.hpp"

namespace bramble {
namespace {

using span_of_ids = std::pair<std::vector<std::uint32_t>::const_iterator,
                              std::vector<std::uint32_t>::const_iterator>;

span_of_ids slice(const std::vector<std::uint32_t>& items, const std::vector<std::uint32_t>& begin,
                  std::size_t i) {
  return {items.begin() + begin[i], items.begin() + begin[i + 1]};
}

/// What each node keeps of each value: what it reads, and all of what its own pieces make.
void add_holdings(const graph& g, const piece_table& pieces, const schedule_builder& builder,
                  std::uint16_t host, program& prog) {
  std::vector<region> held(prog.nodes.size());
  for (value_id value = 0; value < g.values.size(); ++value) {
    for (std::size_t node = 0; node < held.size(); ++node) held[node] = builder.need(value, node);
    const auto producer = g.values[value].producer;
    if (producer == no_id) {
      held[host] = extent(g.values[value]);
    } else {
      for (const auto& p : pieces[producer])
        held[p.node] = hull(held[p.node], builder.made(value, p));
    }
    for (std::size_t node = 0; node < held.size(); ++node)
      if (!held[node].empty()) prog.nodes[node].holdings.push_back({value, held[node]});
  }
}

/// Numbers the transfers in the order in which they are wanted.
void number_by_urgency(schedule& flat) {
  std::vector<std::uint32_t> order(flat.transfers.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return flat.urgency[a] < flat.urgency[b]; });
  std::vector<transfer> transfers;
  std::vector<std::uint32_t> source;
  std::vector<std::uint32_t> number(order.size());
  for (auto old : order) {
    number[old] = static_cast<std::uint32_t>(transfers.size());
    transfers.push_back(flat.transfers[old]);
    source.push_back(flat.source[old]);
  }
  flat.transfers = std::move(transfers);
  flat.source = std::move(source);
  for (auto& t : flat.awaits) t = number[t];
  for (auto& t : flat.results) t = number[t];
  for (std::size_t s = 0; s < flat.steps.size(); ++s)
    std::sort(flat.awaits.begin() + flat.awaits_begin[s],
              flat.awaits.begin() + flat.awaits_begin[s + 1]);
  std::sort(flat.results.begin(), flat.results.end());
}

}  // namespace

program derive(const graph& g, const plan& p) {
  const auto pieces = table_of(p, g);
  schedule_builder builder{g};
  schedule flat;
  builder.build(pieces, p.nodes.size(), p.host, 0, static_cast<op_id>(g.ops.size()), flat);
  number_by_urgency(flat);

  program prog;
  prog.nodes.resize(p.nodes.size());
  std::vector<std::uint32_t> local(flat.steps.size());  // place of a step in its node's list
  for (std::size_t s = 0; s < flat.steps.size(); ++s) {
    auto& steps = prog.nodes[flat.steps[s].node].steps;
    local[s] = static_cast<std::uint32_t>(steps.size());
    step out;
    out.op = flat.steps[s].op;
    out.out = flat.steps[s].out;
    const auto [begin, end] = slice(flat.after, flat.after_begin, s);
    out.after.reserve(static_cast<std::size_t>(end - begin));
    for (auto before = begin; before != end; ++before) out.after.push_back(local[*before]);
    const auto [first, last] = slice(flat.awaits, flat.awaits_begin, s);
    out.awaits.assign(first, last);
    steps.push_back(std::move(out));
  }
  for (std::uint32_t t = 0; t < flat.transfers.size(); ++t) {
    const auto source = flat.source[t];
    prog.nodes[flat.transfers[t].to].incoming.push_back(t);
    if (source == schedule::no_step)
      prog.nodes[p.host].initial_sends.push_back(t);
    else
      prog.nodes[flat.steps[source].node].steps[local[source]].sends.push_back(t);
  }
  prog.nodes[p.host].results = flat.results;
  add_holdings(g, pieces, builder, p.host, prog);
  prog.transfers = std::move(flat.transfers);
  return prog;
}

}  // namespace bramble
