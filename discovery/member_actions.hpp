#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "config/parse.hpp"
#include "discovery/member_events.hpp"

namespace bramble {

/// What a member_book asks for, to be done in the order in which it stands there.
namespace member_action {

/// Make a link to whoever is at one of these places, likeliest first, and keep trying. One that is
/// refused, or lost, is tried again by itself until it is closed.
struct open_link {
  link_number link = 0;
  std::vector<std::string> hosts;
  std::uint16_t port = 0;
  std::string expected;        ///< the name that the peer must have; empty: any
  bool awaits_offer = false;   ///< the peer has dialled us, so do not dial at first
  bool is_remembered = false;  ///< may be gone for good: tried with longer pauses
};

struct close_link {
  link_number link = 0;
};

/// The peer may be at these places from now on.
struct redirect_link {
  link_number link = 0;
  std::vector<std::string> hosts;
  std::uint16_t port = 0;
};

/// What this node says of itself when it dials is now `member_book::self()`.
struct introduce_anew {
  link_number link = 0;
};

/// The offer at hand: the link takes the connection over that the peer made.
struct adopt_offer {
  link_number link = 0;
};

/// The offer at hand: its name is that of a peer we are connected to by this link. Ask that one for
/// a sign of life.
struct ask_holder {
  link_number link = 0;
};

/// The offer at hand: answer who we are ...
struct admit_offer {};

/// ... or why not.
struct refuse_offer {
  std::string why;
};

/// Keep a data link to this member, which is at these places now.
struct add_data_peer {
  std::string name;
  std::vector<std::string> hosts;
  std::uint16_t port = 0;
};

/// The member was heard of again: its data link is wanted at once.
struct expect_data_peer {
  std::string name;
};

struct remove_data_peer {
  std::string name;
};

/// Those who use the data link to this member have to know that the member is lost.
struct report_lost {
  std::string name;
  std::string reason;
};

/// Who can be given work from now on; all of it, in place of the last.
struct publish_directory {
  std::string coordinator;
  std::map<std::string, link_number> links;
  std::set<std::string> drained;  ///< of those and ourselves

  friend bool operator==(const publish_directory&, const publish_directory&) = default;
};

/// Tell a peer `member_book::told_to(name)`; its answer is news again.
struct gossip_with {
  std::string name;
  link_number link = 0;
};

/// The same to each of these, and wait for them: it is the last that they hear of this life. Then
/// clients go to `other`, nowhere when this node was alone.
struct say_farewell {
  std::map<std::string, link_number> peers;
  std::optional<endpoint> other;
};

/// What the sender of the gossip at hand says of itself is what is known of it from now on.
struct keep_report {
  std::string name;
};

struct forget_report {
  std::string name;
};

/// For the disk: where the members are.
struct remember_peers {
  std::string text;
};

/// A line for the log.
struct say {
  enum class level_t : std::uint8_t { info, warning, error } level = level_t::info;
  std::string text;
};

using any = std::variant<open_link, close_link, redirect_link, introduce_anew, adopt_offer,
                         ask_holder, admit_offer, refuse_offer, add_data_peer, expect_data_peer,
                         remove_data_peer, report_lost, publish_directory, gossip_with,
                         say_farewell, keep_report, forget_report, remember_peers, say>;

}  // namespace member_action

using member_actions = std::vector<member_action::any>;

}  // namespace bramble
