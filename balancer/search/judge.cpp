#include "balancer/search/judge.hpp"

#include <algorithm>
#include <cmath>

#include "config/defaults.hpp"

namespace bramble {

judge::judge(const cost_model& cost, std::uint16_t host)
    : cost_{cost}, host_{host}, builder_{cost.model()}, simulator_{cost} {}

void judge::build(const piece_table& pieces, op_id first, op_id last) {
  builder_.build(pieces, cost_.devices().nodes.size(), host_, first, last, schedule_);
}

/// The schedule that is loaded. Of a run that was given up counts what was begun, and that it was
/// set up.
std::optional<double> judge::run_below(double most_ms) {
  const auto ms = simulator_.makespan_below(schedule_, most_ms);
  const auto size = schedule_.steps.size() + schedule_.transfers.size();
  effort_ += ms ? size : (size + size * simulator_.steps_begun() / schedule_.steps.size()) / 2;
  return ms;
}

double judge::makespan_ms(const piece_table& pieces, op_id first, op_id last) {
  build(pieces, first, last);
  effort_ += schedule_.steps.size() + schedule_.transfers.size();
  return simulator_.run(schedule_).makespan_ms;
}

std::optional<double> judge::makespan_below(const piece_table& pieces, double most_ms) {
  const auto ops = static_cast<op_id>(pieces.size());
  if (std::ranges::max(work_of(pieces, 0, ops)) >= most_ms) return std::nullopt;
  build(pieces, 0, ops);
  simulator_.load(schedule_);
  return run_below(most_ms);
}

double judge::score(const piece_table& pieces, op_id first, op_id last, std::size_t workers,
                    double most) {
  if (most < no_limit && std::ranges::max(work_of(pieces, first, last)) >= most) return no_limit;
  build(pieces, first, last);
  double squares = 0;
  for (auto ms : simulator_.load(schedule_)) squares += ms * ms;
  const auto uneven = defaults::evenness * std::sqrt(squares / static_cast<double>(workers));
  const auto ms = run_below(most - uneven);
  return ms ? *ms + uneven : no_limit;
}

const std::vector<double>& judge::work_of(const piece_table& pieces, op_id first, op_id last) {
  work_ms_.assign(cost_.devices().nodes.size(), 0);
  std::uint64_t count = 0;
  for (auto op = first; op < last; ++op) {
    count += pieces[op].size();
    for (const auto& p : pieces[op]) work_ms_[p.node] += simulator_.piece_ms(op, p.node, p.out);
  }
  effort_ += 1 + count / defaults::sums_per_step;
  return work_ms_;
}

}  // namespace bramble
