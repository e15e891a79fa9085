#pragma once

#include <chrono>

#include "actors/execution/branch_executor.hpp"

/// What takes how long in the executor. Called by that actor alone.
namespace bramble {

double ms_since(std::chrono::steady_clock::time_point begin);

/// Lasts as long as a slower device would take, where one is emulated: `cpu_ms` of work since
/// `begin` cost `slowdown` times as much there.
void stretch(branch_executor_state& state, std::chrono::steady_clock::time_point begin,
             double cpu_ms, double slowdown);

/// What a piece of the reference network takes on this device now. Of a few runs the least counts;
/// one is all that requests are held up for.
double time_reference(branch_executor_state& state);

/// `busy` runs a piece now: other requests that could go on wait.
void note_waiting(branch_executor_state& state, const active_run& busy);

/// It goes on.
void end_waiting(active_run& run);

}  // namespace bramble
