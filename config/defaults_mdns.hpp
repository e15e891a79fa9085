#pragma once

#include <chrono>
#include <cstddef>

/// Numbers about what a node tells its network of itself, and hears there (mDNS, DNS-SD).
namespace bramble::defaults {

/// Service types as DNS-SD has them: the control port of a node, and the join port while it is
/// open.
inline constexpr const char* mdns_node_type = "_bramble._tcp";
inline constexpr const char* mdns_invitation_type = "_bramble-join._tcp";

/// Digits of the authority's fingerprint: as many as a code has (join_fingerprint_bytes). And of a
/// cluster's id.
inline constexpr std::size_t mdns_authority_digits = 32;
inline constexpr std::size_t mdns_id_digits = 8;

/// A program's version in what somebody else tells.
inline constexpr std::size_t mdns_version_longest = 32;

/// What one service says, and on how many cards and families it is seen: whoever is on the network
/// can tell as much as they like. A shelf of 32 nodes with two cards and both families is 128.
inline constexpr std::size_t sightings_most = 256;

/// Addresses kept of one node.
inline constexpr std::size_t sighting_hosts_most = 8;

/// Of a service whose address or text did not come; the daemon itself gives up after 5 s.
inline constexpr std::chrono::seconds mdns_resolve_again{10};

/// Where there is no bus to find the daemon on. One that is there tells when the daemon comes.
inline constexpr std::chrono::seconds mdns_connect_again{15};

/// A daemon that is frozen answers no question; the bus gives up after 25 s. Whoever ends waits
/// this long for it and leaves the rest to the end of the process.
inline constexpr std::chrono::milliseconds mdns_farewell{500};

/// Who speaks mDNS answers a question within a second, and in the second after that once more.
inline constexpr std::chrono::milliseconds doctor_listen_for{3000};

/// A code without an address: so long for somebody of that cluster who invites. Answers come within
/// a tenth of a second, but the other machine may have been switched on a moment ago. Where an
/// address did not answer, most likely the invitation has ended.
inline constexpr std::chrono::seconds join_listen_for{10};
inline constexpr std::chrono::seconds join_listen_again{3};

/// Invitations that are tried: two terminals of one node may have one each, and anybody can tell of
/// any number.
inline constexpr std::size_t near_invitations_most = 4;

}  // namespace bramble::defaults
