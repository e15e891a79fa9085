#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Numbers of what operators do to a shelf by hand: the commands of the console.
namespace bramble::defaults {

using namespace std::chrono_literals;

/// A member that was forgotten stays known for so long, as a forgotten one: gossip reaches every
/// node within a few rounds of a second.
inline constexpr auto forget_by_hand_after = 30s;

/// Models of which somebody says by which method they are to be planned.
inline constexpr std::size_t method_pins_most = 64;
inline constexpr std::size_t pinned_model_length = 255;

/// The answer to "stop" is on its way before the node begins to end.
inline constexpr auto stop_after = 100ms;

/// What is sent to an actor by hand is answered within that, or not: some have links measured.
inline constexpr auto hand_patience = 60s;

/// Of a trace of messages: a screen full unless more is asked for, and what 2 MB hold at most.
inline constexpr std::uint32_t tapped_usually = 100;
inline constexpr std::uint32_t tapped_most = 10'000;
inline constexpr auto tap_lasts_usually = 10s;
inline constexpr auto tap_lasts_most = 600s;
/// A node under load handles some thousand messages a second; noting one takes microseconds.
inline constexpr std::uint32_t tapped_a_second = 500;
/// Who does not fetch what was noted for so long has gone away.
inline constexpr auto tap_is_abandoned = 5s;
/// The console looks so often for what was noted.
inline constexpr auto tap_is_read_every = 200ms;

/// A piece may take so many times what its node is predicted to compute for the whole request, and
/// a second more: then the executor is stuck.
inline constexpr double piece_deadline_factor = 4;
inline constexpr auto piece_deadline_base = 1s;

/// A window of tensors that holds this share of what it may is full, and told when it is so for
/// this long: a burst of a large transfer fills it for a moment.
inline constexpr double window_is_full = 0.9;
inline constexpr auto window_full_for = 3s;

/// Figures are collected and a plan is made within seconds, unless a node that is new to the model
/// has to be measured first (prepare_timeout): a review that takes longer does not end. (Who asked
/// goes on with the plan there is.)
inline constexpr auto review_deadline = 250s;
/// What actors await at once, as far as it is watched.
inline constexpr std::size_t awaited_tasks_most = 256;

}  // namespace bramble::defaults
