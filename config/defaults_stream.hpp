#pragma once

#include <chrono>
#include <cstddef>

/// How a client asks about many files (console/infer_stream.hpp).
namespace bramble::defaults {

using std::chrono::milliseconds;

/// Requests that a client may have under way: more make no shelf quicker (`way_requests_at_once`),
/// and each has a thread and holds its input.
inline constexpr int stream_concurrency_most = 64;

/// Answers that wait for an earlier one, since results keep the order of the input: a line or two
/// of text each, so 4 MB at most, and a request that takes a minute holds up nobody at 60/s.
inline constexpr std::size_t stream_results_kept = 4'096;

/// Failures that are told again at the end. Each has been told where it happened.
inline constexpr std::size_t stream_failures_listed = 100;

/// The rate, and the time left by it, are those of the last answers: of enough that one slow
/// request does not show, and of few enough that a node that joined or left does.
inline constexpr std::size_t stream_rate_answers = 64;

/// How often the line of progress is drawn while no answer comes.
inline constexpr milliseconds stream_glance{250};

/// So many times a file is asked about again when the node has too much to do, each time after as
/// long as the node says; then it counts as failed. Queues of a minute five times over are no
/// passing burst.
inline constexpr unsigned busy_retries = 5;

/// A path on standard input is no longer than this: Linux takes no longer ones.
inline constexpr std::size_t path_bytes = 4'096;

/// Waiting for its turn is told of from here on: less is how requests meet, not a queue.
inline constexpr double queue_told_ms = 5;

/// What answers may differ by, as a share of their largest value, where `--wire auto` is typed
/// without a number: far less than decides between two classes, and within what fp16 costs.
inline constexpr double auto_wire_error = 1e-3;

/// Exit code of a request that was refused because the node has too much to do: EX_TEMPFAIL of
/// sysexits.h, which mail and cron know as "try again".
inline constexpr int exit_busy = 75;

}  // namespace bramble::defaults
