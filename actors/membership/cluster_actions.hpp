#pragma once

#include <memory>

#include "actors/membership/cluster.hpp"

namespace bramble {

/// A node that dialled us and waits for an answer.
struct open_offer {
  link_offer offer;
  caf::typed_response_promise<hello> answer;
};

/// What belongs to one event and is none of the book's business: handles, reports, whom to answer.
/// Null where the event has none.
struct event_context {
  const node_report* report = nullptr;  ///< of gossip_heard
  std::shared_ptr<open_offer> offer;    ///< of offered, and of the two events that may follow it
  std::shared_ptr<caf::typed_response_promise<leave_reply>> farewell;  ///< of leaving
};

/// Tells the book, and does what it says.
void happen(cluster_pointer self, const member_event::any& event,
            const event_context& context = {});

/// Gossip that came: a question of a peer, or the answer to ours.
void hear_gossip(cluster_pointer self, const gossip& news);

/// A list of revoked certificates that somebody told. From here on it is in force, kept and told
/// on, where it is news. Throws `user_error` for what is none of this cluster.
void take_revocations(cluster_pointer self, const std::string& list);

/// By which method plans of a model are made, by hand; empty: the shelf chooses. All nodes hear of
/// it. Throws `user_error` for a method that is none, and a model that nobody has.
void pin_method(cluster_pointer self, const std::string& model, const std::string& method);

/// The view and the report that this peer is told.
gossip news_for(const cluster_state& state, const std::string& name);

/// The node as the book knows it.
offered_node offered_by(const introduction& peer);

}  // namespace bramble
