#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// The numbers of the control port's front; the rest is in config/defaults.hpp.
namespace bramble::defaults {

// -- strangers ---------------------------------------------------------------------------------

/// From accept to the first complete message of a certified peer. A handshake takes 10 ms on a Pi 4
/// and two round trips; on a full link of 10 Mbit/s those take most of a second each.
inline constexpr std::chrono::milliseconds front_setup_timeout{5000};

/// Connections that have not shown a certificate yet, about 30 kB each: in all, and of one source.
/// A shelf of 16 that restarts at once dials every node 15 times, from 15 sources.
inline constexpr std::size_t front_unauthenticated_limit = 256;
inline constexpr std::size_t front_unauthenticated_per_source = 32;

/// Connections a second that one source may open for long, and at once. An eager loop of commands
/// opens 20 a second; a hundred are a handshake's 2 ms of processor each, a fifth of one core.
inline constexpr double front_accepts_per_second = 50;
inline constexpr double front_accepts_at_once = 100;

/// Sources that are remembered; beyond it those that are as good as new are forgotten, and who
/// comes when none is shares one allowance with all others of that kind.
inline constexpr std::size_t front_sources_limit = 4096;

/// Descriptors that strangers may not take: for files, data links, and connections to peers.
inline constexpr int front_descriptor_reserve = 128;

// -- peers -------------------------------------------------------------------------------------

/// Connections with the certificate of one name: its node, and programs that use its keys.
inline constexpr std::size_t front_connections_per_name = 128;

/// Requests of this process to one peer whose answers are still awaited. Those that are never
/// answered leave by this.
inline constexpr std::size_t front_requests_limit = 8192;

/// What is read at once from either side; one TLS record is 16 kB.
inline constexpr std::size_t front_block_bytes = 64U << 10;

/// After so many bytes of one connection the others get their turn.
inline constexpr std::size_t front_turn_bytes = 1U << 20;

/// What all connections together hold of messages whose end has not come. One needs 64 kB; messages
/// of more than a megabyte are rare and pass in a second.
inline constexpr std::size_t front_memory_limit_bytes = 128U << 20;

/// Data that a peer's machine does not confirm for so long: the connection is lost. As on the data
/// plane.
inline constexpr std::chrono::milliseconds front_silence_timeout{3000};

}  // namespace bramble::defaults
