#pragma once

#include <chrono>
#include <cstdint>

/// When `bramble doctor` calls something worth a word.
namespace bramble::defaults {

/// Degrees at which a Raspberry Pi is slowed down for good (its firmware begins at 80), and what is
/// close enough to it to add a heat sink before a summer's day.
inline constexpr double hot_c = 80;
inline constexpr double warm_c = 75;

/// Memory that is left: a node at rest with a middling model takes 400 MB, and what is short of
/// that goes to the swap, which is an SD card.
inline constexpr std::uint64_t memory_short_mb = 200;
inline constexpr std::uint64_t memory_least_mb = 60;
/// More than what a system parks there in passing.
inline constexpr std::uint64_t swap_used_mb = 200;

/// Room for models: the largest that people import take half a GB; with less than the second
/// neither keys nor a calibration are sure to be written.
inline constexpr std::uint64_t disk_short_mb = 1000;
inline constexpr std::uint64_t disk_least_mb = 100;
/// Files are small: an SD card with so small a share of its inodes left is about to be full.
inline constexpr double inodes_least = 0.02;

/// Descriptors that one process may have: the front keeps 128 for others, and 256 strangers may be
/// about it.
inline constexpr std::uint64_t descriptors_least = 1024;

/// A processor that is held below this share of its highest clock is slowed by somebody.
inline constexpr double clock_share_least = 0.95;

/// What a card calls broken, and what had to be sent again: more than this share, of at least so
/// many, is a bad cable or a far access point.
inline constexpr double loss_share = 0.01;
inline constexpr std::uint64_t loss_packets_least = 10'000;

/// A cable of Gigabit carries 94 %; a link that was measured below this share of the slower card's
/// rate is held up by something else.
inline constexpr double rate_share_least = 0.5;
/// Of a wireless card: what it receives is too weak below this.
inline constexpr double signal_least_dbm = -75;

/// Bytes of packets that go everywhere (IPv6 demands it), and what most cards send.
inline constexpr int mtu_everywhere = 1280;
inline constexpr int mtu_usual = 1500;
/// A packet's answer comes within this in a house; where none comes, it is asked for so often.
inline constexpr std::chrono::milliseconds packet_patience{300};
inline constexpr int packet_rounds = 3;
/// Linux tells one address once a second that nobody listens, after a few that it tells at once
/// (net.ipv4.icmp_ratelimit): one that was asked for later than this is answered for sure.
inline constexpr std::chrono::milliseconds packet_pace{1'100};

/// A port of a neighbour: as long as one look of a node at another, twice.
inline constexpr std::chrono::milliseconds knock_patience{1500};

/// What peers have to answer about the way between them and who asks, with their own looks at it;
/// and a client, who waits for all of them.
inline constexpr std::chrono::milliseconds peers_answer_within{15'000};
inline constexpr std::chrono::milliseconds examination_timeout{30'000};

/// Certificates are renewed at two thirds of ten years: one with less than this left was not, and
/// its owner has to act.
inline constexpr std::chrono::hours certificate_ends_soon{24 * 90};

/// Clocks further apart than this make logs hard to read, and certificates begin a day early only.
inline constexpr std::chrono::seconds clocks_apart{60};

/// Speed, against others of the same kind on the shelf, and against published figures of its board.
inline constexpr double speed_of_kind = 0.7;
inline constexpr double speed_of_board = 0.5;

}  // namespace bramble::defaults
