#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "discovery/doctor/network_facts.hpp"

// Sockets, and the waiting that goes with them.
namespace bramble {

/// Where a peer may be.
struct peer_place {
  std::string name;
  std::vector<std::string> hosts;  ///< likeliest first
  std::uint16_t control_port = 0;
  std::uint16_t data_port = 0;
};

/// Knocks at both ports of a peer. Blocks for `2 * defaults::knock_patience` at most. `cards` are
/// those of this machine.
node_route look_at(const std::string& self, const peer_place& peer,
                   const std::vector<card_facts>& cards);

/// The card that has this address; empty where none has.
std::string card_with(const std::string& address);

/// Sends packets of `mtu` bytes, which nothing between may divide, to a closed port of a machine
/// that answers to small ones; where they vanish, smaller ones. The machine's kernel says that
/// nobody listens there. Where it says nothing at all, `largest` is 0. Blocks for up to 16 seconds
/// where packets vanish.
packet_facts try_packets(const std::string& host, int mtu);

}  // namespace bramble
