#pragma once

#include <functional>

#include "actors/internal/actors.hpp"
#include "actors/membership/dialer.hpp"
#include "config/defaults.hpp"

namespace bramble {

/// One peer: its address, its handle, the requests in flight to it, and the way back when it is
/// lost. Nobody else holds a remote handle. Requests in flight when the peer is lost are answered
/// with an error here, because CAF drops them silently.
struct peer_link_config {
  places where;
  std::string expected;       ///< name the peer must have; empty: learned from its hello
  bool awaits_offer = false;  ///< the peer has dialled us: its handle follows, do not dial at first
  std::chrono::milliseconds backoff_last = defaults::dial_backoff_last;
  introduction me;
  node_actor my_node;   ///< given to the peer as the way back
  link_owner owner;     ///< the link ends with it
  dialer_actor dialer;  ///< the link's alone: ends with it
};

/// With its reminders to itself: to dial, to knock.
using private_peer_link =
    peer_link_actor::extend<caf::reacts_to<dial_atom>, caf::reacts_to<knock_atom>>;

struct peer_link_state {
  static inline const char* name = "peer_link";
  peer_link_config config;
  node_actor remote;  ///< empty while not connected
  hello peer;
  std::uint64_t next_request = 0;
  std::map<std::uint64_t, std::function<void(const caf::error&)>> pending;
  std::chrono::milliseconds backoff{0};
  bool knocking = false;
};

/// Takes every message of node_actor that one node sends another, relays it, and always answers.
///
/// There must be one connection between two nodes, whoever made it. Of two that know each other the
/// one with the smaller name dials at once, and again with growing pauses; the other waits for its
/// introduction (adopt_atom) and dials only when none came for a while, for the smaller one may
/// have forgotten it in a restart. Meanwhile it knocks: where a way is open again, a packet from
/// either side lets both find it, while the kernel asks only once a second.
private_peer_link::behavior_type peer_link(
    private_peer_link::stateful_pointer<peer_link_state> self, peer_link_config config);

}  // namespace bramble
