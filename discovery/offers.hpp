#pragma once

#include <string>

#include "discovery/absences.hpp"
#include "discovery/member_events.hpp"
#include "discovery/peer_links.hpp"

namespace bramble {

// One name, one machine: whom of the nodes that dial this one it lets in. Plain data and pure
// functions.

enum class offer_verdict {
  ourselves,  ///< by another address; the side that dialled sees it
  our_name,   ///< another machine has ours
  welcome,
  ask_holder,  ///< a peer that is connected has the name, and may have started again: ask it first
};

/// `known`: the link to the peer of that name; null where there is none.
offer_verdict judge_offer(const offered_node& peer, const member& self,
                          const peer_links::link* known);

/// For the log and for `status`. `holder` says whose the name is, "the machine at 10.0.0.3:7741".
absence refusal_of(const offered_node& peer, const std::string& holder);

/// For the one that dialled.
std::string sentence_of_refusal(const offered_node& peer, const std::string& holder,
                                const std::string& self);

}  // namespace bramble
