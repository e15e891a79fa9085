#pragma once

#include <string>
#include <vector>

#include "discovery/membership.hpp"

namespace bramble {

// Which addresses a node tells whom, and which it tries: plain data and pure functions. An address
// is numeric text as inet_pton reads it, without a scope unless it is said.

/// What this machine has just now.
struct local_addresses {
  std::vector<std::string> addresses;   ///< likeliest to be reached first, loopback last
  std::vector<std::string> interfaces;  ///< cards that are up, for link-local addresses of others

  friend bool operator==(const local_addresses&, const local_addresses&) = default;
};

/// "fe80::1" for "fe80::1%eth0"; anything else as it is.
std::string without_scope(const std::string& text);

bool is_numeric_address(const std::string& text);

/// 127.0.0.0/8 and ::1: means another machine to everybody.
bool is_loopback_address(const std::string& text);

/// fe80::/10, with or without a scope: reached through a card that only the one who dials can name.
bool is_link_local_address(const std::string& text);

/// Any address: "", 0.0.0.0 and ::.
bool is_any_address(const std::string& text);

/// A bridge or an end of a container's cable, by its name.
bool is_of_containers(const std::string& card);

/// Whether a card of that name leads to containers of this machine or through a tunnel to somewhere
/// else: no neighbour in the house is there. `flags` are those of the kernel (IFF_...).
bool is_private_card(const std::string& name, unsigned flags);

/// Where an address stands among those of its machine; less is likelier to be what a neighbour
/// reaches, and reaches best: a cable before a wireless card, IPv4 before IPv6, then bridges of
/// containers, addresses of one card only, loopback.
int place_among_own(const std::string& address, const std::string& card, bool is_wireless);

/// What a node that listens on `listen_address` may be reached at. An address that it was told to
/// listen on is the only one; else all of the machine's, without scopes.
std::vector<std::string> addresses_of_self(const std::string& listen_address,
                                           const local_addresses& machine);

/// The view as it is told a peer. Loopback addresses are only told over a loopback connection:
/// whoever gets one this way is on the same machine, so that the same holds wherever it tells them
/// on.
membership told_to_peer(membership view, bool over_loopback);
member told_to_peer(member whom, bool over_loopback);

/// Where to look for a node: first where it was reached last (may be empty; may have a scope), then
/// where it says it is, link-local addresses once for each of our cards.
std::vector<std::string> places_to_try(const std::vector<std::string>& told,
                                       const std::string& reached,
                                       const std::vector<std::string>& interfaces);

}  // namespace bramble
