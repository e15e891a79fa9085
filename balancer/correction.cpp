#include "balancer/correction.hpp"

#include <algorithm>

#include "balancer/cost.hpp"
#include "config/defaults.hpp"

namespace bramble {

void capacity_correction::observe(const graph& g, const op_table& table,
                                  const std::vector<piece_time>& pieces) {
  struct sum {
    double taken = 0, expected = 0;
  };
  std::array<sum, std::tuple_size_v<decltype(ratios_)>> sums;
  for (const auto& piece : pieces) {
    if (piece.op >= table.ops.size() || table.ops[piece.op].empty()) continue;
    const auto& o = g.ops[piece.op];
    auto& mine = sums[static_cast<std::size_t>(o.kind)];
    mine.taken += piece.ms;
    mine.expected += table_ms(table.ops[piece.op], piece.out, extent(g.values[o.outputs[0]]));
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    // Less says more about the clock than about the device.
    if (sums[i].expected < defaults::correction_least_ms) continue;
    ratios_[i].push_back(sums[i].taken / sums[i].expected);
    if (ratios_[i].size() > defaults::correction_runs) ratios_[i].pop_front();
  }
}

double capacity_correction::factor(op_kind kind) const {
  const auto& ratios = ratios_[static_cast<std::size_t>(kind)];
  if (ratios.size() < defaults::correction_runs) return 1;
  auto sorted = ratios;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

op_table capacity_correction::corrected(const graph& g, const op_table& table) const {
  auto out = table;
  for (op_id op = 0; op < out.ops.size(); ++op)
    for (auto& sample : out.ops[op]) sample.ms *= factor(g.ops[op].kind);
  return out;
}

}  // namespace bramble
