#pragma once

#include <chrono>

#include "actors/execution/branch_executor.hpp"

/// What takes how long in the executor. Called by that actor alone, which brings the clock.
namespace bramble {

double ms_between(std::chrono::steady_clock::time_point begin,
                  std::chrono::steady_clock::time_point end);

/// On the device that is emulated, if any: one that is so many times slower or has a description,
/// and is slower still where its speed was taken back by hand. Pays for the messages that `run`
/// has had since its last piece, and for those of this one.
piece_end end_of_piece(branch_executor_state& state, active_run& run,
                       std::chrono::steady_clock::time_point began, const step_result& done);

/// What a piece was due at and ended at: what it was late by counts as this machine's failing.
void note_end(branch_executor_state& state, const piece_end& end,
              std::chrono::steady_clock::time_point now);

/// Messages of `run` that no piece has yet paid for.
void owe_sends(active_run& run, const std::vector<outbound>& sends);
void owe_receipt(active_run& run, std::uint32_t transfer);

/// ms that a piece of the reference network takes on this device now. Of a few runs the least
/// counts; one is all that requests are held up for.
double time_reference(branch_executor_state& state);

/// `busy` runs a piece now: other requests that could go on wait.
void note_waiting(branch_executor_state& state, const active_run& busy,
                  std::chrono::steady_clock::time_point now);

/// It goes on.
void end_waiting(active_run& run, std::chrono::steady_clock::time_point now);

}  // namespace bramble
