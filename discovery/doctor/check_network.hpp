#pragma once

#include <vector>

#include "config/doctor/finding.hpp"
#include "discovery/doctor/network_facts.hpp"

namespace bramble {

// Pure: facts go in, findings come out. A fault is a finding of its own; where all is well there is
// one for each subject.

/// All of them, in the order in which people read them.
std::vector<finding> check_network(const network_facts& facts);

/// Cable, speed, signal, and what was broken, of every real card that is in use.
std::vector<finding> check_cards(const std::vector<card_facts>& cards);
/// What TCP had to send again, over all cards.
finding check_loss(const network_facts& facts);
/// Both ports, in both directions, and over which card.
std::vector<finding> check_routes(const network_facts& facts);
/// A node that is reached and does not reach, or that no neighbour in the same wireless network
/// reaches: most likely its access point keeps its clients apart.
std::vector<finding> check_isolation(const network_facts& facts);
/// Large packets.
std::vector<finding> check_packets(const network_facts& facts);
/// What was measured, against the slower of the two cards.
std::vector<finding> check_rates(const network_facts& facts);
/// Whether the node and its peers are where others look for them by mDNS.
finding check_mdns(const network_facts& facts);

}  // namespace bramble
