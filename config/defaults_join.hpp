#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Numbers about how a machine becomes a member: invitations, and the certificates that follow.
namespace bramble::defaults {

// -- the code ----------------------------------------------------------------------------------

/// Beside the ports for commands (7741) and tensors (7742). Open only while there are invitations.
inline constexpr std::uint16_t join_port = 7743;

/// Of the SHA-256 of the authority's certificate: 128 bits. To be taken for it, another certificate
/// would have to be found that agrees in all of them.
inline constexpr std::size_t join_fingerprint_bytes = 16;

/// 80 bits, good for one use: whoever guesses has a few tries a second for some minutes.
inline constexpr std::size_t join_secret_bytes = 10;

/// Tells a slip of the pen from a wrong code: one of 65,536 is not seen, and refused later.
inline constexpr std::size_t join_check_bytes = 2;

/// Addresses in one code: a cable and a wireless card, of both families.
inline constexpr std::size_t join_hosts_most = 4;
/// Those that `invite` writes into it unasked: each makes the code longer.
inline constexpr std::size_t join_hosts_written = 2;

/// More than the longest code, of four host names.
inline constexpr std::size_t join_code_longest = 1200;

// -- invitations -------------------------------------------------------------------------------

inline constexpr std::chrono::minutes invitation_for{10};
inline constexpr std::chrono::minutes invitation_least{1};
inline constexpr std::chrono::minutes invitation_most{24 * 60};

/// A shelf that is set up in one go.
inline constexpr std::size_t invitation_uses_most = 64;

/// Invitations of one book, those that are over but can still be told apart included.
inline constexpr std::size_t invitations_most = 16;

/// Wrong codes that one address may try at once, and until it gets back one more. At 80 bits even
/// the tries of all the sources below together find nothing in the age of the universe.
inline constexpr double join_tries_at_once = 5;
inline constexpr std::chrono::seconds join_try_every{12};

/// The same for all addresses together: many machines may guess at once, and each guess costs a
/// handshake (2 ms of a Pi 4).
inline constexpr double join_tries_of_all_at_once = 60;
inline constexpr std::chrono::milliseconds join_try_of_all_every{500};

/// Addresses whose tries are counted one by one; further ones share one count.
inline constexpr std::size_t join_sources_most = 512;

/// Lines that one address gets in the log of refusals, and all together; then they are counted.
inline constexpr std::size_t join_refusals_told_of_one = 3;
inline constexpr std::size_t join_refusals_told = 50;

// -- the conversation --------------------------------------------------------------------------

/// What a machine that wants to join says: a certificate request of half a kilobyte, and who it is.
inline constexpr std::size_t join_request_limit_bytes = 8U << 10;
/// What it is told: two certificates, and where 64 members are with up to 16 addresses each.
inline constexpr std::size_t join_answer_limit_bytes = 256U << 10;
/// A sentence in it.
inline constexpr std::size_t join_sentence_longest = 600;

/// From accept to the last byte: four round trips, a signature, and a slow card's write.
inline constexpr std::chrono::seconds join_conversation_timeout{10};
/// For the one who joins: finding the address, connecting and the conversation.
inline constexpr std::chrono::seconds join_timeout{20};

/// Connections at once, in all and of one source: each costs 40 kB. And how many a source may open.
inline constexpr std::size_t join_connections_most = 32;
inline constexpr std::size_t join_connections_per_source = 8;
inline constexpr double join_accepts_per_second = 10;
inline constexpr double join_accepts_at_once = 30;

// -- packages ----------------------------------------------------------------------------------

/// A package of this program is some megabytes; one with all libraries beside it would be this.
inline constexpr std::size_t package_limit_bytes = 256U << 20;
inline constexpr std::size_t package_field_longest = 200;

/// What asks for one says so in a line and some headers. A package takes 4 s at 10 Mbit/s.
inline constexpr std::size_t package_request_limit_bytes = 4U << 10;
inline constexpr std::chrono::seconds package_timeout{300};
inline constexpr std::size_t package_block_bytes = 64U << 10;

// -- revocations -------------------------------------------------------------------------------

/// A list of them as PEM text: 55 bytes for each certificate that was taken back, so a thousand.
inline constexpr std::size_t revocations_limit_bytes = 64U << 10;

// -- renewal -----------------------------------------------------------------------------------

/// A certificate is renewed at two thirds of its ten years; a look now and then is enough. The
/// first one is when the shelf has been found.
inline constexpr std::chrono::minutes renewal_look_every{60};
inline constexpr std::chrono::seconds renewal_first_look{60};

/// A node that hears of something that an authority signed which it does not know asks whether
/// there is a new one, this often at most: anybody in the cluster can make it ask.
inline constexpr std::chrono::seconds renewal_ask_least{20};

/// How often a node looks whether the files of its keys were changed.
inline constexpr std::chrono::seconds key_files_look_every{5};

/// How long former authorities are trusted beside a new one, unless the owner says otherwise: for
/// nodes that are seldom on.
inline constexpr std::chrono::hours authority_overlap{24 * 90};
inline constexpr std::chrono::hours authority_overlap_least{1};
/// A signature and a slow card's write.
inline constexpr std::chrono::milliseconds renewal_timeout{10'000};

// -- time --------------------------------------------------------------------------------------

/// A clock that says an earlier day is wrong, and keys made by it would be of no use to anybody:
/// this version is younger.
inline constexpr std::chrono::sys_days clock_least{std::chrono::year{2025} / 1 / 1};

/// A machine without a battery for its clock gets the time from the network some seconds after that
/// is there, at worst when the router has found its own line.
inline constexpr std::chrono::minutes clock_wait{15};
inline constexpr std::chrono::seconds clock_look_every{1};

}  // namespace bramble::defaults
