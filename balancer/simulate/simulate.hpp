#pragma once

#include "balancer/cost/cost.hpp"

namespace bramble {

struct timeline_event {
  enum class kind_t : std::uint8_t { compute, send } kind = kind_t::compute;
  std::uint16_t node = 0;
  std::uint32_t index = 0;  ///< step or transfer
  double begin_ms = 0;
  double end_ms = 0;
};

struct simulation {
  double makespan_ms = 0;
  std::vector<double> busy_ms;           ///< per node
  std::vector<std::uint64_t> bytes_out;  ///< per node
  std::vector<timeline_event> events;    ///< only when asked for
};

/// Discrete-event simulation of a program: nodes compute one step at a time in the executor's own
/// order (the first ready one of the list), both directions of each NIC carry one transfer at a
/// time, of those that wait the one with the lowest number; sends overlap with compute. The same
/// code in a dry run, in tests and in the coordinator.
simulation simulate(const program& prog, const plan& p, const cost_model& cost,
                    bool with_events = false);

}  // namespace bramble
