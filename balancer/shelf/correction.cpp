#include "balancer/shelf/correction.hpp"

#include <algorithm>

#include "config/base/median.hpp"
#include "config/defaults.hpp"

namespace bramble {
namespace {

/// What a piece took beside what the calibration expects of it.
struct piece_ratio {
  double taken_ms = 0, expected_ms = 0;
  double ratio() const { return taken_ms / expected_ms; }
};

piece_ratio total(const std::vector<piece_ratio>& pieces) {
  piece_ratio sum;
  for (const auto& each : pieces) {
    sum.taken_ms += each.taken_ms;
    sum.expected_ms += each.expected_ms;
  }
  return sum;
}

/// The ratio below which this share of the expected time lies; `pieces` ascend by ratio.
double quantile(const std::vector<piece_ratio>& pieces, double share) {
  double left = share * total(pieces).expected_ms;
  for (const auto& each : pieces)
    if ((left -= each.expected_ms) <= 0) return each.ratio();
  return pieces.back().ratio();
}

/// Whether all but a quarter of the pieces say that `known` has changed, and the same way.
bool shows_step(std::vector<piece_ratio>& pieces, double known) {
  if (pieces.size() < defaults::correction_step_pieces) return false;
  std::sort(pieces.begin(), pieces.end(),
            [](const auto& a, const auto& b) { return a.ratio() < b.ratio(); });
  return quantile(pieces, 0.25) > known * defaults::correction_step ||
         quantile(pieces, 0.75) < known / defaults::correction_step;
}

}  // namespace

void capacity_correction::observe(const graph& g, const op_table& table,
                                  const std::vector<piece_time>& pieces) {
  std::array<std::vector<piece_ratio>, std::tuple_size_v<decltype(ratios_)>> by_kind;
  for (const auto& piece : pieces) {
    if (!table.knows(piece.op)) continue;
    const auto& o = g.ops[piece.op];
    const auto ms = piece_ms(table, piece.op, piece.out, extent(g.values[o.outputs[0]]));
    if (ms > 0) by_kind[static_cast<std::size_t>(o.kind)].push_back({piece.ms, ms});
  }
  for (std::size_t i = 0; i < by_kind.size(); ++i) {
    const auto sum = total(by_kind[i]);
    // Less says more about the clock than about the device.
    if (sum.expected_ms < defaults::correction_least_ms) continue;
    if (shows_step(by_kind[i], factor(static_cast<op_kind>(i))))
      ratios_[i].assign(defaults::correction_runs, sum.ratio());
    else
      ratios_[i].push_back(sum.ratio());
    if (ratios_[i].size() > defaults::correction_runs) ratios_[i].pop_front();
  }
}

double capacity_correction::factor(op_kind kind) const {
  const auto& ratios = ratios_[static_cast<std::size_t>(kind)];
  if (ratios.size() < defaults::correction_runs) return 1;
  return median(ratios);
}

void capacity_correction::scale(double factor) {
  for (auto& ratios : ratios_)
    for (auto& each : ratios) each *= factor;
}

op_table capacity_correction::corrected(const graph& g, const op_table& table) const {
  auto out = table;
  for (op_id op = 0; op < out.ops.size(); ++op) out.stretch(op, factor(g.ops[op].kind));
  return out;
}

}  // namespace bramble
