#include "actors/execution/executor_times.hpp"

#include <algorithm>
#include <limits>

#include "config/defaults_measuring.hpp"

namespace bramble {

using clock = std::chrono::steady_clock;

double ms_between(clock::time_point begin, clock::time_point end) {
  return std::chrono::duration<double, std::milli>(end - begin).count();
}

double slowness_of(const branch_executor_state& state, const installed_plan& by) {
  return std::max(1.0, by.slowdown / state.pace_factor);
}

clock::time_point due_at(branch_executor_state& state, clock::time_point began,
                         const work_time& took, double slowness) {
  const auto lasting = [](double ms) {
    return std::chrono::duration_cast<clock::duration>(
        std::chrono::duration<double, std::milli>(ms));
  };
  if (slowness > 1) began = state.pace.due(began, lasting(took.cpu_ms), slowness);
  return began + lasting(took.owed_ms * slowness);
}

double time_reference(branch_executor_state& state) {
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < (state.runs.empty() ? defaults::device_piece_runs : 1); ++i) {
    const auto took = state.config.engine->run_reference();
    least = std::min(least, std::max(took.wall_ms, took.cpu_ms / state.pace_factor) +
                                took.owed_ms / state.pace_factor);
  }
  return least;
}

void note_waiting(branch_executor_state& state, const active_run& busy, clock::time_point now) {
  for (auto& run : state.runs)
    if (run.id != busy.id && !run.waits_from && run.work->next()) run.waits_from = now;
}

void end_waiting(active_run& run, clock::time_point now) {
  if (run.waits_from) run.waited_ms += ms_between(*run.waits_from, now);
  run.waits_from.reset();
}

}  // namespace bramble
