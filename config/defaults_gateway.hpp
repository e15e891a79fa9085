#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Numbers of the gateway for programs that speak HTTP (gateway/).
namespace bramble::defaults {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Beside a node's two ports (7741, 7742) and 8000, which half of all development servers take.
inline constexpr std::uint16_t gateway_port = 8741;

// -- what a client may send ----------------------------------------------------------------------

/// The request line and all headers together: browsers send one to two kB, and a token is 60 bytes.
inline constexpr std::size_t gateway_head_bytes_most = 16U << 10;
/// A path is at most a model's name (64) and an identity (64) beside some fixed words.
inline constexpr std::size_t gateway_target_bytes_most = 1'024;
/// A body: a photo of 64 megapixels as a camera makes it has 30 MB, and the inputs of the largest
/// model we know (VGG-16, 0.6 MB) as JSON text 3 MB.
inline constexpr std::size_t gateway_body_bytes_most = 64U << 20;
/// Of it the JSON, whose tensors take up to four times its size in memory while they are read.
inline constexpr std::size_t gateway_json_bytes_most = 16U << 20;
/// So many are read at once, others after them: a computer has few cores to do it, and little
/// memory. JSON of less than the second figure is not worth waiting for.
inline constexpr std::ptrdiff_t gateway_json_readers = 2;
inline constexpr std::size_t gateway_json_small_bytes = 256U << 10;
/// All bodies that are here at once: a quarter of the memory of the smallest Pi worth using.
inline constexpr std::size_t gateway_bodies_bytes_most = 256U << 20;
/// The JSON in it nests this deep: a request has four levels and as many more as its tensor has
/// dimensions (8).
inline constexpr std::size_t gateway_json_depth_most = 16;
/// Values in it beside the elements of tensors, which are counted by their shapes.
inline constexpr std::size_t gateway_json_values_most = 10'000;
/// Parts of a form: a file for each input, and a few fields.
inline constexpr std::size_t gateway_form_parts_most = 64;
/// Classes that an answer names at most.
inline constexpr std::size_t gateway_classes_most = 1'000;
/// And where nobody says how many.
inline constexpr std::size_t gateway_classes = 5;

// -- how long it may take ------------------------------------------------------------------------

/// Request line and headers are one packet: whoever needs longer for them is slow on purpose.
inline constexpr seconds gateway_head_timeout{10};
/// A connection without a request is closed after this long. Prometheus asks every 15 s, cameras
/// more often.
inline constexpr seconds gateway_idle_timeout{75};
/// A body, and an answer that is taken, may take so long and then have come at this rate at least:
/// a mobile phone at the edge of its network does 0.1 Mbit/s.
inline constexpr seconds gateway_transfer_grace{10};
inline constexpr std::size_t gateway_transfer_bytes_a_second = 8U << 10;
/// Whoever is refused while it still sends has so long to see why.
inline constexpr milliseconds gateway_linger{2'000};
/// What is being answered when the gateway ends has so long to be.
inline constexpr milliseconds gateway_end_patience{1'000};
/// TLS begins with three messages.
inline constexpr seconds gateway_handshake_timeout{5};

// -- how many at once ----------------------------------------------------------------------------

/// Each connection has a thread, of which a small computer carries hundreds; a shelf answers the
/// requests of a few.
inline constexpr std::size_t gateway_connections_most = 128;
/// Of one address: the rest is for the others.
inline constexpr std::size_t gateway_connections_of_one_most = 64;
/// Requests that wait for the shelf's answer: each holds its input in memory, mostly 1 MB.
inline constexpr std::size_t gateway_inferences_most = 64;
/// Those who follow the shelf live: each holds a connection for good.
inline constexpr std::size_t gateway_followers_most = 24;
/// What somebody is told who comes while all of these are taken.
inline constexpr seconds gateway_try_again{1};

// -- talking to the shelf ------------------------------------------------------------------------

/// How often a request looks whether its client is still there.
inline constexpr milliseconds gateway_glance{50};
/// One that crashed beside its node begins anew after this long.
inline constexpr seconds gateway_restart_pause{1};
/// What a name means is known for so long; then it is asked again.
inline constexpr milliseconds gateway_card_age{1'000};
/// Models of which it is known what they take and give.
inline constexpr std::size_t gateway_cards_kept = 64;
/// After all nodes were lost, or none was there: asked again after this long.
inline constexpr milliseconds gateway_reconnect_pause{500};
/// The shelf's state is asked for so often.
inline constexpr milliseconds gateway_watch_interval{1'000};
/// All members are asked for their events, plans and traces while somebody has looked at these
/// within this time; Prometheus looks every 15 s, or every minute.
inline constexpr seconds gateway_attention{90};
/// The first who looks waits so long for them at most: less than Prometheus does (10 s).
inline constexpr milliseconds gateway_look_patience{2'500};
/// A state older than this is none to be ready by.
inline constexpr seconds gateway_state_age_most{5};

}  // namespace bramble::defaults
