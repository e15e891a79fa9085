#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// The numbers behind plans; the rest is in config/defaults.hpp.
namespace bramble::defaults {

using std::chrono::milliseconds;

// -- planning ----------------------------------------------------------------------------------

/// A request whose plan is not made by then is answered by its host alone; the plan is for a later
/// one. Fetching and measuring a new model may take a Pi 4 this long.
inline constexpr milliseconds plan_patience{90'000};

// -- cost model --------------------------------------------------------------------------------

/// What a message costs either side's processor: a system call or two, a wake-up, the frame.
inline constexpr double message_cpu_ms = 0.05;

/// Copying, framing and (de)ciphering: half of the 1 ms per MB that both sides may take together.
inline constexpr double message_cpu_ms_per_mb = 0.5;

/// Converting fp32 to another type and back, per MB of fp32 and side: reading it and writing half
/// of it at the 2 to 3 GB/s a Pi 4 copies with; int8 is gone over twice, once for the channels'
/// scales.
inline constexpr double fp16_convert_ms_per_mb = 0.6;
inline constexpr double int8_convert_ms_per_mb = 1.0;

/// From a step's end to the reader's start, beyond the bytes' own time and the cable's: queues and
/// wake-ups in two executors.
inline constexpr double message_latency_ms = 0.2;

/// A switch between two Pis; links that were measured say better.
inline constexpr double rtt_ms = 0.3;

/// What gigabit Ethernet carries after its headers.
inline constexpr double nic_mbit = 940;

/// Starting a piece: looking up its inputs, cutting out regions, allocating its output.
inline constexpr double piece_overhead_ms = 0.03;

/// Ops without multiply-accumulates, counted as if they had some: from profiles of five CNNs, where
/// they take 3 to 18 % of the time. Per element of a pooling window, of a concat's output, and of
/// an elementwise op's inputs and output.
inline constexpr double macs_per_pool_element = 12;
inline constexpr double macs_per_concat_element = 30;
inline constexpr double macs_per_elementwise_element = 12;

/// The seed scheme's optimum is found by trying: 8 branches on 6 nodes are 1.7 million states
/// before anything is cut off, a second or so.
inline constexpr std::size_t seed_exact_states_limit = 4'000'000;

/// A shelf or plan is not larger; a plan of a peer is checked against it before anything else.
inline constexpr std::size_t shelf_nodes_limit = 256;
inline constexpr std::size_t pieces_per_node_limit = 4;

/// A shelf file describes at most that many nodes and their links.
inline constexpr std::size_t shelf_file_limit_bytes = 1U << 20;

/// A profile has about 170 bytes per op, and times of a few sizes besides; the largest model known
/// to us has some hundred ops.
inline constexpr std::size_t profile_file_limit_bytes = 64U << 20;
inline constexpr std::size_t profile_nodes_limit = 100'000;

/// A profile that says nothing about half of a model's work is that of another model.
inline constexpr double profile_coverage_least = 0.5;

/// The median of so many runs corrects a calibration: two outliers among them change nothing, and
/// three runs show a device that has halved.
inline constexpr std::size_t correction_runs = 5;

/// When three quarters of a run's pieces of one kind agree that the device is so many times slower
/// or faster than it was, that one run is believed: noise is 10 % either way. Of fewer pieces than
/// these no quarter can be told.
inline constexpr double correction_step = 1.3;
inline constexpr std::size_t correction_step_pieces = 8;

/// Kinds of op with less than this in a run are not judged.
inline constexpr double correction_least_ms = 5;

/// `bramble plan --sweep` without a shelf: Pi 4s; and no more plans than an evening's worth.
inline constexpr double sweep_gmacs = 6;
inline constexpr std::size_t sweep_points_limit = 4096;

/// From a serial line to ten times what any small computer's card can do.
inline constexpr double sweep_rate_least = 0.01;
inline constexpr double sweep_rate_most = 100'000;

/// What the system, the program and its libraries take of a node's memory: Raspberry Pi OS Lite
/// about 150 MB, LibTorch about 100.
inline constexpr std::uint64_t system_memory_mb = 250;

/// A node that must not compute is planned as one that takes a day for a photo.
inline constexpr double useless_gmacs = 1e-4;

/// For a stream, nodes are put into up to so many device sets that share each request: every
/// further one takes as long to plan as the first.
inline constexpr std::size_t stream_teams = 4;

/// A part of a stream with a smaller share of the requests is not worth keeping ready.
inline constexpr double stream_least_share = 0.01;

/// What latency counts between mixes of equal throughput: less than any difference that matters.
inline constexpr double stream_latency_weight = 1e-4;

// -- re-balancing -----------------------------------------------------------------------------

/// Another plan must be quicker by this factor, so many measurements in a row: measurements on a Pi
/// spread by up to 10 % either way, and 1.1 / 0.9 is 1.22.
inline constexpr double rebalance_gain = 1.25;
inline constexpr unsigned rebalance_confirmations = 3;

/// A gain that noise cannot pretend, such as of a device that has halved, waits for less.
inline constexpr double rebalance_clear_gain = 1.5;
inline constexpr unsigned rebalance_clear_confirmations = 2;

/// A small gain is real when it shows all the time: noise of 10 % shows 8 % in one look of five,
/// and in twelve in a row once in a hundred million. Less is not worth building kernels for.
inline constexpr double rebalance_small_gain = 1.08;
inline constexpr unsigned rebalance_small_confirmations = 12;

/// Back to the plan that was left last takes more: what came back may go again.
inline constexpr double rebalance_return_gain = 1.4;

/// Between two switches that nothing forces. A switch costs installing kernels, up to a second on a
/// Pi; and a Pi that throttles takes about that long to cool.
inline constexpr milliseconds rebalance_cool_down{10'000};

/// What noise cannot pretend of a speed or a rate either: 1.1 / 0.9. For so long after it, changes
/// are quicker, while the facts come in: a link's rate within a second, a device's within five
/// requests. So many small gains in a row are believed then, and so many changes follow the first
/// without cool-down: a device that swings causes three switches in ten seconds at most.
inline constexpr double rebalance_moved = 1.25;
inline constexpr milliseconds rebalance_settling{6'000};
inline constexpr unsigned rebalance_settling_confirmations = 2;
inline constexpr unsigned rebalance_follow_ups = 2;

/// While requests flow, their plan is reviewed this often: three confirmations in about a second. A
/// review moves a calibration per node, some 20 kB.
inline constexpr milliseconds review_interval{400};

/// Whether those are ready by now whom a plan lacks is asked so long after it came, and then ever
/// more rarely, twice as long after, up to nine minutes: a disk that is full stays so for days.
inline constexpr milliseconds completion_interval{1'000};
inline constexpr unsigned completion_doublings = 9;

/// No new plan is looked for before a node's speed or a link's rate has moved by this factor.
inline constexpr double review_change = 1.1;

// -- planner -----------------------------------------------------------------------------------

/// Channels are cut at multiples of this: vectors of NEON kernels; twice that on x86 costs little.
inline constexpr int channel_grain = 8;

/// Weight of the root mean square of the nodes' busy times beside the makespan.
inline constexpr double evenness = 0.03;

/// A form other than row strips is looked at when it is not far worse as it stands, and taken when
/// it is that much better with its lines in place: kernels like whole rows better than the model
/// knows.
inline constexpr double form_promise = 1.1;
inline constexpr double form_gain = 0.99;

/// Looking up what so many pieces take costs as much as simulating a step.
inline constexpr std::uint64_t sums_per_step = 8;

/// Among more nodes than these a line is at first only moved towards the node that has so many
/// times the other's work: there are many lines then, and few moves the other way help.
inline constexpr std::size_t few_nodes = 4;
inline constexpr double equal_work = 1.02;

/// What is left of a search's effort goes into random changes, in so many rounds. At the beginning
/// of each a change that costs this part of the whole is taken with a chance of 1 in e.
inline constexpr std::uint64_t shake_rounds = 4;
inline constexpr double shake_warmth = 0.03;

/// Nodes whose times for the model differ by less are equal to the seed scheme.
inline constexpr double equal_nodes_tolerance = 0.01;

/// Simulated steps and transfers for the search of one group of nodes, per node, and for groups of
/// fewer nodes than those as if they were so many: about 25 ms of one core for 4 nodes, 40 ms for
/// 8. Half of it for 4 costs their plans 1 %, half more for 8 gains theirs 0.4 %. Counted instead
/// of timed, so that equal shelves get equal plans, also of a coordinator and of a dry run.
inline constexpr std::uint64_t plan_effort_per_node = 15'000;
inline constexpr std::size_t least_planned_nodes = 6;

/// A coordinator that thinks of teams for a stream of requests makes many plans, of which few are
/// used: a part of the effort for each.
inline constexpr double survey_plan_effort = 0.7;

/// A plan may be asked to take so many times the effort: a minute for a large shelf.
inline constexpr double plan_effort_most = 1000;
inline constexpr double plan_effort_least = 0.1;

/// Groups of nodes that are searched at once, where the machine has so many cores: a Pi has four.
inline constexpr std::size_t planning_threads_most = 4;

/// Up to this many nodes, every group of the fastest and everyone without any one is tried.
inline constexpr std::size_t tuned_team_size = 8;

/// A division must be quicker than the best single node by this factor.
inline constexpr double worth_dividing = 1.02;

}  // namespace bramble::defaults
