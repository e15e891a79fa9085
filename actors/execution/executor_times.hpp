#pragma once

#include <chrono>

#include "actors/execution/branch_executor.hpp"

/// What takes how long in the executor. Called by that actor alone, which brings the clock.
namespace bramble {

double ms_between(std::chrono::steady_clock::time_point begin,
                  std::chrono::steady_clock::time_point end);

/// How many times as long as on this device a piece takes on the one that is emulated, which is
/// slower still where its speed was taken back by hand; 1: none is emulated.
double slowness_of(const branch_executor_state& state, const installed_plan& by);

/// When a piece of work that was begun at `began` ends on that device.
std::chrono::steady_clock::time_point due_at(branch_executor_state& state,
                                             std::chrono::steady_clock::time_point began,
                                             const work_time& took, double slowness);

/// ms that a piece of the reference network takes on this device now. Of a few runs the least
/// counts; one is all that requests are held up for.
double time_reference(branch_executor_state& state);

/// `busy` runs a piece now: other requests that could go on wait.
void note_waiting(branch_executor_state& state, const active_run& busy,
                  std::chrono::steady_clock::time_point now);

/// It goes on.
void end_waiting(active_run& run, std::chrono::steady_clock::time_point now);

}  // namespace bramble
