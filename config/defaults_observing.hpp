#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Numbers of what a node notes about itself: its actors and what happened to it.
namespace bramble::defaults {

using namespace std::chrono_literals;

/// Counters of actors speak of this long: a burst is seen, and last week's is not. Counted in
/// slots, so that what is too old goes away a sixth at a time.
inline constexpr auto counter_window = 60s;
inline constexpr std::size_t counter_slots = 6;

/// An actor that has ended is shown for so long: long enough to be looked for.
inline constexpr auto ended_actor_shown = 60s;
/// Such are kept at most, however quickly they come and go (links to an address that refuses).
inline constexpr std::size_t ended_actors_limit = 32;

/// Actors are made for members and addresses: of so many names it is known how often.
inline constexpr std::size_t actor_names_limit = 1024;

/// Actors without a thread of their own share three and wait for nothing: one that is about a
/// message for so long holds others up. The slowest such message takes 20 ms on a Pi 4.
inline constexpr auto shared_thread_deadline = 1s;
/// Those with one wait for a disk or for a peer's name and port.
inline constexpr auto own_thread_deadline = 10s;
/// A piece is followed by a look into the mailbox; the longest seen is a whole layer of 40 s on an
/// emulated Pi 3.
inline constexpr auto executor_deadline = 60s;
/// Planning is cut off after seconds, a calibration takes minutes.
inline constexpr auto planner_deadline = 60s;
inline constexpr auto calibration_deadline = 600s;

/// A mailbox that at its emptiest was longer in each such stretch than in the one before grows, if
/// it has this many.
inline constexpr auto mailbox_growth = 10s;
inline constexpr std::uint64_t mailbox_that_grows = 8;

/// An actor takes some twenty kinds of message, from some dozen others; beyond these they are
/// counted as "others".
inline constexpr std::size_t message_kinds_limit = 64;
inline constexpr std::size_t talkers_limit = 64;

/// Events that a node remembers: weeks of a calm shelf, an evening of one that is tried out. A text
/// longer than this is cut, so that they are 1 MB at most.
inline constexpr std::size_t journal_events = 2000;
inline constexpr std::size_t event_text_most = 500;
/// Reviews that kept a plan: one a few seconds while requests flow.
inline constexpr std::size_t journal_reviews = 200;
/// The journal's file begins anew when it is as large as that, and the one before is kept.
inline constexpr std::uint64_t journal_file_bytes = std::uint64_t{512} * 1024;

/// What two nodes noted alike within this is one event: they notice a dead one 3 s apart, and
/// clocks differ.
inline constexpr auto same_event = 10s;

/// Lines of the log that can be asked for.
inline constexpr std::size_t log_lines = 1000;

/// A link or a device that is so many times as quick or as slow as when it was told last is told
/// again.
inline constexpr double change_that_is_told = 1.5;

}  // namespace bramble::defaults
