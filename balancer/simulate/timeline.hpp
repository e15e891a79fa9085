#pragma once

#include "balancer/simulate/simulate.hpp"
#include "model/plan/program.hpp"

namespace bramble {

/// A simulated run in full: what --svg, --trace and --explain show. Plain data.
struct timeline {
  program prog;
  simulation run;                         ///< with events
  std::vector<double> idle_ms;            ///< by node, until the answer is there
  std::vector<double> send_ms;            ///< by node: its card sends
  std::vector<std::uint64_t> link_bytes;  ///< from x to

  /// Indices into run.events in order of time: each began when the one before it let it.
  std::vector<std::size_t> critical;
  double critical_compute_ms = 0;
  double critical_wire_ms = 0;
  double critical_latency_ms = 0;  ///< between those: flight, queues, the host's first hand-over
};

/// `p` must be valid for the cost model's graph and shelf.
timeline timeline_of(const plan& p, const cost_model& cost);

/// The run as Chrome's trace format, for Perfetto: a thread per node and one per sending card,
/// times in microseconds.
std::string trace_json(const timeline& t, const plan& p, const cost_model& cost);

/// The run as a Gantt chart: per node what it computes, sends and waits for. A complete SVG file.
std::string gantt_svg(const timeline& t, const plan& p, const cost_model& cost);

/// For people: what was chosen for each stretch of the graph and why, what bounds the whole, and
/// the critical path. Ends with a newline.
std::string explain(const timeline& t, const plan& p, const cost_model& cost);

}  // namespace bramble
