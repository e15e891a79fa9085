#include "actors/execution/executor_times.hpp"

#include <algorithm>
#include <limits>
#include <thread>

#include "config/defaults_measuring.hpp"
#include "model/runtime/clocks.hpp"

namespace bramble {

using clock = std::chrono::steady_clock;

double ms_since(clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(clock::now() - begin).count();
}

void stretch(branch_executor_state& state, clock::time_point begin, double cpu_ms,
             double slowdown) {
  if (slowdown <= 1) return;
  const auto cpu = std::chrono::duration_cast<clock::duration>(
      std::chrono::duration<double, std::milli>(cpu_ms));
  const auto due = state.pace.due(begin, cpu, slowdown);
  std::this_thread::sleep_until(due);
  state.pace.woke(due, clock::now());
}

double time_reference(branch_executor_state& state) {
  if (!state.yard) {
    state.yard = std::make_unique<reference_piece>(state.config.runtime);
    state.yard->run();  // the first pays for cold code
  }
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < (state.runs.empty() ? defaults::device_piece_runs : 1); ++i) {
    const auto begin = clock::now();
    const stopwatch watch;
    state.yard->run();
    stretch(state, begin, watch.cost_ms(state.config.runtime.threads), 1 / state.pace_factor);
    least = std::min(least, ms_since(begin));
  }
  return least;
}

void note_waiting(branch_executor_state& state, const active_run& busy) {
  const auto now = clock::now();
  for (auto& run : state.runs)
    if (run.id != busy.id && !run.waits_from && run.work->next()) run.waits_from = now;
}

void end_waiting(active_run& run) {
  if (run.waits_from) run.waited_ms += ms_since(*run.waits_from);
  run.waits_from.reset();
}

}  // namespace bramble
