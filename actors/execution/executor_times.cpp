#include "actors/execution/executor_times.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "config/defaults_measuring.hpp"

namespace bramble {

using clock = std::chrono::steady_clock;

double ms_between(clock::time_point begin, clock::time_point end) {
  return std::chrono::duration<double, std::milli>(end - begin).count();
}

namespace {

clock::duration lasting(double ms) {
  return std::chrono::duration_cast<clock::duration>(std::chrono::duration<double, std::milli>(ms));
}

std::uint64_t whole_us(clock::duration time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(time).count());
}

/// Held to `ms` of the emulated device.
clock::time_point held_until(branch_executor_state& state, clock::time_point began, double ms) {
  state.config.account->held_us += whole_us(lasting(ms));
  return state.pace.due(began, lasting(ms));
}

}  // namespace

piece_end end_of_piece(branch_executor_state& state, active_run& run, clock::time_point began,
                       const step_result& done) {
  if (const auto* device = run.installed->emulated.get()) {
    owe_sends(run, done.sends);
    const auto messages = std::exchange(run.unpaid, {});
    const auto piece_ms = device->piece_ms(done.op, done.out) / state.pace_factor;
    return {held_until(state, began, piece_ms + messages.ms()), messages, true};
  }
  const auto slowness = std::max(1.0, run.installed->slowdown / state.pace_factor);
  const bool emulated = slowness > 1;
  if (emulated) began = held_until(state, began, done.took.cpu_ms * slowness);
  return {began + lasting(done.took.owed_ms * slowness), {}, emulated};
}

void note_end(branch_executor_state& state, const piece_end& end, clock::time_point now) {
  if (!end.emulated) return;
  state.pace.woke(end.due, now);
  state.config.account->lost_us = whole_us(state.pace.lost());
}

void owe_sends(active_run& run, const std::vector<outbound>& sends) {
  if (const auto* device = run.installed->emulated.get())
    for (const auto& out : sends) run.unpaid += device->sent(out.transfer);
}

void owe_receipt(active_run& run, std::uint32_t transfer) {
  if (const auto* device = run.installed->emulated.get()) run.unpaid += device->received(transfer);
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
