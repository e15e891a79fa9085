#pragma once

#include <limits>
#include <optional>

#include "balancer/simulate/simulator.hpp"
#include "model/plan/schedule.hpp"

namespace bramble {

/// Says how long candidates take, and counts what that costs: the effort, in simulated steps and
/// transfers. A part of the graph is judged as if what it reads lay where its pieces are at time
/// zero.
class judge {
 public:
  static constexpr double no_limit = std::numeric_limits<double>::infinity();

  /// Keeps a reference to `cost`.
  judge(const cost_model& cost, std::uint16_t host);

  /// Predicted latency of the ops [first, last).
  double makespan_ms(const piece_table& pieces, op_id first, op_id last);

  /// Of the whole graph; none, and found out sooner, where it is not below `most_ms`.
  std::optional<double> makespan_below(const piece_table& pieces, double most_ms);

  /// The makespan and a little for uneven work among `workers` nodes: among candidates that take
  /// equally long the more even one is better, since the next change may pay then. Infinite, and
  /// found out sooner, where it is not below `most`.
  double score(const piece_table& pieces, op_id first, op_id last, std::size_t workers,
               double most = no_limit);

  /// By node: what the pieces alone take, without any message. Valid until the next question.
  const std::vector<double>& work_of(const piece_table& pieces, op_id first, op_id last);

  std::uint64_t effort() const { return effort_; }

 private:
  void build(const piece_table& pieces, op_id first, op_id last);
  std::optional<double> run_below(double most_ms);

  const cost_model& cost_;
  std::uint16_t host_;
  schedule_builder builder_;
  simulator simulator_;
  schedule schedule_;
  std::vector<double> work_ms_;
  std::uint64_t effort_ = 0;
};

}  // namespace bramble
