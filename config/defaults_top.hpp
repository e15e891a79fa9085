#pragma once

#include <chrono>
#include <cstddef>

/// Numbers of `bramble top`.
namespace bramble::defaults {

using namespace std::chrono_literals;

/// A snapshot a second: what an eye follows, and less than nodes tell each other anyway.
inline constexpr auto top_interval = 1s;
/// The last request is looked at so often at most: a piece of 30 kB from each node.
inline constexpr auto top_trace_interval = 3s;
/// A member that did not answer is left alone for so long, so that the others are not kept waiting.
inline constexpr auto top_silence = 10s;
/// Keys are answered at once; whether the screen has to change is looked at so often.
inline constexpr auto top_look_interval = 100ms;

/// Seconds of requests and latency that are remembered: more than the widest screen has columns.
inline constexpr std::size_t top_history = 600;
/// Events of each node, and those of so long ago that are there at the beginning.
inline constexpr std::size_t top_events = 200;
inline constexpr auto top_events_since = 24h;

/// Screens are drawn from this size up; a smaller one shows what fits.
inline constexpr std::size_t top_width = 80;
inline constexpr std::size_t top_height = 24;
/// `--once` draws at most so much, for whatever reads it.
inline constexpr std::size_t top_size_most = 1000;

/// A device that reaches less than this share of what its plan counts on is shown as slow.
inline constexpr double top_slow_share = 0.67;
/// What a plan counted on is found again by its nodes' verdicts to within this, in at most so many
/// rounds.
inline constexpr double top_forecast_error = 0.01;
inline constexpr int top_forecast_rounds = 6;
/// A link of which more than this share is used is busy; half of that is much.
inline constexpr double top_busy_share = 0.7;

}  // namespace bramble::defaults
