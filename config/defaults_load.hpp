#pragma once

#include <chrono>
#include <cstddef>

/// How a shelf takes many requests at once (actors/planning/core/turn_book.hpp,
/// balancer/throughput/ways.hpp, actors/requests/core/wire_trials.hpp).
namespace bramble::defaults {

using std::chrono::milliseconds;

// -- turns -------------------------------------------------------------------------------------

/// Requests that a team has at once: one that is computed, and the next, whose input travels
/// meanwhile and whose pieces fill what the first leaves idle.
inline constexpr std::size_t turns_per_team = 2;

/// So much time of nodes may requests of small teams get ahead of one that waits for a larger team:
/// a request or two, which keep nodes busy until it is free. Its nodes are never all free by chance
/// while more and more small ones come.
inline constexpr milliseconds turn_overtake{1'000};

/// A host without an answer for its turn goes on without one after this long: longer than any queue
/// that is allowed (`queue_most`), so that only a coordinator that forgot does this.
inline constexpr milliseconds turn_patience{90'000};

/// A turn whose end is not heard of is over after base + factor * what its team takes: its host
/// gives an attempt up by then, and the next one is nobody's turn.
inline constexpr milliseconds turn_expiry_base{5'000};
inline constexpr double turn_expiry_factor = 4;

/// What a coordinator keeps of turns: more hosts or requests than that are told to go on at once.
inline constexpr std::size_t turns_open = 4'096;
inline constexpr std::size_t streams_remembered = 32;

/// A request that would wait longer than this is refused at once: somebody who waits a minute for
/// an answer would rather know.
inline constexpr milliseconds queue_most{60'000};

/// The shortest and the longest that anybody is told to wait before trying again.
inline constexpr milliseconds try_again_least{500};
inline constexpr milliseconds try_again_most{600'000};

/// Plans that a node knows, oldest out first: a few models and methods, for each host one with
/// every team. Ready for one model, method, wire and host, whatever their team: those of a shelf of
/// eight that is divided in every way.
inline constexpr std::size_t installed_plans_most = 128;
inline constexpr std::size_t installed_plans_of_host = 12;

// -- measuring the load ------------------------------------------------------------------------

/// A rate is that of the last arrivals: of so many, or of so few where that says less. Three show a
/// client that went away; eight do not mistake a pause for it.
inline constexpr std::size_t arrivals_few = 3;
inline constexpr std::size_t arrivals_many = 8;
/// Of arrivals that follow each other quickly those of this time count, up to so many.
inline constexpr milliseconds load_memory{2'000};
inline constexpr std::size_t arrivals_most = 64;

/// How long requests waited for their turn is told of the last so many: enough for one of twenty.
inline constexpr std::size_t waits_kept = 100;

/// A model that nobody asked for during this long has no load.
inline constexpr milliseconds load_forgotten{30'000};

// -- ways of the shelf -------------------------------------------------------------------------

/// Answers that a way is judged by: of requests that follow each other, and of those that come at
/// random, whose queues take longer to show.
inline constexpr std::size_t way_requests = 48;
/// More at once make no difference to which way is best.
inline constexpr std::size_t way_requests_at_once = 64;
inline constexpr int way_open_requests = 4'000;

/// Another way takes over where it answers sooner by this share, and not again within this long: a
/// load that swings costs one change, while a step is followed within a second. The share is small,
/// since a change costs nothing: the plans are installed, and requests under way end by theirs.
inline constexpr double way_gain = 0.02;
inline constexpr milliseconds way_cooldown{1'000};

/// How many requests meet is chance, and with it a small gain comes and goes: one below the first
/// figure has to be there at so many arrivals in a row. So many arrivals are what a load needs to
/// be seen at all (`arrivals_few`), and waiting for them costs three requests a tenth of their
/// time.
inline constexpr double way_clear_gain = 0.1;
inline constexpr unsigned way_confirmations = 3;

/// Switches that a coordinator remembers, by stream of requests.
inline constexpr std::size_t way_switches_kept = 16;

/// What is known of ways is looked at anew after this long, while more than one request is there.
inline constexpr milliseconds ways_valid{10'000};

/// A node outside of a team may keep this share of the model's weights for it, not more.
inline constexpr double way_help_most = 0.05;

/// Teams that share each request among so many nodes are tried in so many different sizes at most.
inline constexpr std::size_t way_team_sizes = 8;

/// What `bramble plan --load` takes, in requests a second.
inline constexpr double offered_load_least = 1e-3;
inline constexpr double offered_load_most = 1e5;
/// How long `bramble bench --load` offers it where nobody says.
inline constexpr int offered_seconds = 60;

// -- the wire that a host chooses --------------------------------------------------------------

/// A measured error may be this share of what is allowed: another input's may be larger.
inline constexpr double wire_error_margin = 0.5;
/// Another wire has to be this much quicker to be used.
inline constexpr double wire_gain = 0.97;
/// Measured again after so many answers.
inline constexpr unsigned wire_check_every = 100;

}  // namespace bramble::defaults
