#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "discovery/addresses.hpp"
#include "discovery/membership.hpp"

namespace bramble {

/// One connection to a peer, be it up or only tried: the book numbers them in the order in which it
/// asks for them, and never uses a number twice.
using link_number = std::uint64_t;

/// A node that dialled us, as it says of itself.
struct offered_node {
  std::string name;
  std::uint64_t instance = 0;
  member where;      ///< its entry in its own view
  std::string from;  ///< both ends of the connection as it sees them: where it is
  std::string to;    ///< and where it reached us
};

/// A member that is told of on the network, by whomever: a hint where to look for it.
struct sighted_node {
  std::string name;
  std::vector<std::string> hosts;  ///< numeric, with a scope where an address needs one
  std::uint16_t port = 0;          ///< for commands

  friend bool operator==(const sighted_node&, const sighted_node&) = default;
};

/// What a member_book is told.
namespace member_event {

/// The node is there. It may not be reachable yet, so nobody is dialled.
struct started {};

/// Once a gossip_interval; the first begins to dial. `unix_s` is for what is kept on the disk.
struct tick {
  std::uint64_t unix_s = 0;
};

/// A peer told its view and what it says of itself, unasked or as an answer.
struct gossip_heard {
  membership view;
  std::string sender;    ///< empty: nobody's report came with it
  bool drained = false;  ///< the sender wants no work of others
};

/// A link got through: by dialling, or because the peer dialled.
struct link_up {
  link_number link = 0;
  std::string name;
  std::uint64_t instance = 0;
  std::string host;  ///< where it was reached; empty when the peer dialled
};

/// A link broke, or an attempt to make one failed.
struct link_lost {
  link_number link = 0;
  std::string name;  ///< empty when it never was up
  std::string reason;
  std::string where;  ///< the places tried, for people
};

/// A node dialled us. Exactly one admit_offer, refuse_offer or ask_holder follows; after the last,
/// one of the next two events.
struct offered {
  offered_node peer;
};

/// The machine that has the name of an offer gave a sign of life ...
struct holder_answered {
  offered_node peer;
  std::uint64_t instance = 0;  ///< of the one that answered
};

/// ... or gave none in time.
struct holder_silent {
  offered_node peer;
};

/// The machine's addresses or cards are others now.
struct addresses_changed {
  local_addresses machine;
};

/// The members that are told of on the network now, all of them.
struct sighted {
  std::vector<sighted_node> nodes;
};

/// Somebody drained or resumed this node by hand.
struct drain_changed {
  bool drained = false;
};

/// What this node says of itself changed: peers hear of it at once. Of its models, for instance.
struct news_of_self {};

/// Somebody says that this member, which is gone, does not come back.
struct forget_asked {
  std::string name;
};

/// This node ends. It goes on ticking while it finishes what runs on it.
struct leaving {};

using any = std::variant<started, tick, gossip_heard, link_up, link_lost, offered, holder_answered,
                         holder_silent, addresses_changed, sighted, drain_changed, news_of_self,
                         forget_asked, leaving>;

}  // namespace member_event
}  // namespace bramble
