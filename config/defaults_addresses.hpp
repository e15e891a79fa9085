#pragma once

#include <chrono>
#include <cstddef>

/// Numbers about where nodes are and how they are found.
namespace bramble::defaults {

/// Addresses that a node tells of itself, and that are believed of a member: a machine with a
/// cable, a wireless card and both families has six to ten.
inline constexpr std::size_t member_addresses_most = 16;

/// Places tried for one peer: its addresses, link-local ones once for each card of this machine.
inline constexpr std::size_t places_most = 32;

/// Of several places the next is tried as well when one did not answer for so long: more than a
/// round trip in a house, so that the likelier one wins where both work.
inline constexpr std::chrono::milliseconds place_head_start{60};

/// What the kernel says of addresses comes in bursts (a card goes up: link, IPv4, IPv6): one look
/// for each.
inline constexpr std::chrono::milliseconds address_settle{100};

/// A look at the addresses without being told, where the kernel's messages got lost or are not to
/// be had.
inline constexpr std::chrono::milliseconds address_look_again{10'000};

/// Of two nodes the one with the smaller name connects for tensors; the other waits this long
/// before each attempt of its own: longer than connecting takes where the first can.
inline constexpr std::chrono::milliseconds data_dial_courtesy{1000};

/// A link for tensors that is missing for so long, while the nodes talk to each other, is told by
/// `status`.
inline constexpr std::chrono::milliseconds link_trouble_after{1500};

/// Of who comes to the port for tensors without a certificate of this cluster: a line for each
/// address, again after this; at most so many addresses in that time.
inline constexpr std::chrono::minutes stranger_pause{10};
inline constexpr std::size_t strangers_most = 64;

/// Of a peer that cannot be reached, a line is written at once; another cause is told after this at
/// the soonest, and the same again after pauses that double from the first to the last.
inline constexpr std::chrono::seconds absence_news_pause{10};
inline constexpr std::chrono::seconds absence_pause_first{60};
inline constexpr std::chrono::seconds absence_pause_last{3600};

/// Members that are missing, addresses to join and names that were refused, of which an absence is
/// kept: every member (members_limit), and as many others.
inline constexpr std::size_t absences_most = 512;

/// The list of names that an authority has issued keys for: twenty thousand of them.
inline constexpr std::size_t issued_names_limit_bytes = 1U << 20;

/// A name that came to mean another machine and back so often is claimed by two that run: what is
/// still said of a former life turns up once or twice. It counts as claimed until it was quiet for
/// so long.
inline constexpr int contested_after_returns = 3;
inline constexpr std::chrono::seconds contested_for{30};

/// Machines of one name that are told apart: two claim it, the others are its former lives.
inline constexpr std::size_t claimants_most = 16;

/// Names of members that failed or left and of forgotten ones that others still speak of: a full
/// view of them (members_limit), and what three more have left behind in `forget_failed_after`.
inline constexpr std::size_t tombstones_most = 1024;

/// Peers of which it is kept where they were met last: every member, and as many that are gone.
inline constexpr std::size_t reached_peers_most = 512;

/// Before a node that was refused (its name, its version) asks the same one again.
inline constexpr std::chrono::milliseconds refused_backoff{5000};

/// One that is refused because of its name is told of by `status` until it was quiet for so long.
inline constexpr std::chrono::seconds refusal_shown_for{20};

/// Members that a node remembers over its restarts: how many, for how long after they were heard of
/// last, and how often that is written where nothing else changed, which spares SD cards.
inline constexpr std::size_t remembered_peers_most = 64;
inline constexpr std::chrono::hours remember_peers_for{24 * 90};
inline constexpr std::chrono::hours remembered_peers_refresh{24};
inline constexpr std::size_t remembered_peers_limit_bytes = 256U << 10;

/// What --join leads to tells of the other members within this; then those remembered are looked
/// for.
inline constexpr std::chrono::seconds recall_after{5};

/// Names of members that are told of on the network, by whomever: a shelf, and some that are made
/// up.
inline constexpr std::size_t sighted_nodes_most = 64;

/// Of attempts to find members remembered from an earlier life, which may be gone for good.
inline constexpr std::chrono::milliseconds remembered_backoff_last{10'000};

}  // namespace bramble::defaults
