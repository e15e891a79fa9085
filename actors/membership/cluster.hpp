#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>

#include "actors/internal/local_messages.hpp"
#include "actors/membership/peer_models.hpp"
#include "config/parse.hpp"
#include "discovery/addresses.hpp"
#include "discovery/duplicate_names.hpp"
#include "discovery/peer_memory.hpp"
#include "model/store/store_listing.hpp"

namespace bramble {

struct cluster_config {
  hello me;
  member self;
  std::string cluster_name;
  std::vector<endpoint> join;
  std::string listen_address;   ///< any: this node is at all addresses of the machine
  local_addresses machine;      ///< at the start; news come as messages
  peer_memory remembered;       ///< from an earlier life
  caf::actor notebook;          ///< gets what is to be remembered, as text; may be none
  data_plane* plane = nullptr;  ///< outlives the actor
  double pace_gmacs = 0;        ///< 0: not paced
  std::uint32_t threads = 1;
  std::uint64_t memory_mb = 0;
  caf::actor meter;                         ///< capacity_meter
  std::vector<caf::actor> listeners;        ///< hear each new directory
  std::vector<caf::actor> data_users;       ///< hear data_link_lost when a control link is lost
  caf::actor executor;                      ///< asked for its plans
  caf::actor requester;                     ///< hears run_failure of requests this node hosts
  peer_models* models = nullptr;            ///< learns what peers tell; outlives the actor; or none
  caf::actor model_cache;                   ///< hears that it did; may be none
  std::function<caf::actor()> make_dialer;  ///< one for each link; tests give their own
};

struct cluster_state {
  static inline const char* name = "cluster";
  cluster_config config;
  caf::strong_actor_ptr node;  ///< our face, which peers get as the way back
  membership view;
  std::optional<tombstones> memory;
  std::map<std::string, caf::actor> links;  ///< peer_link of each other member
  struct joining_link {
    caf::actor link;
    endpoint place;
    std::string remembered = {};  ///< the name of the one looked for; empty: of --join
  };
  std::map<caf::actor_addr, joining_link> joining;  ///< links to --join addresses, not yet named
  std::set<std::string> connected;                  ///< members whose link is up
  /// Where each peer was reached last, or came from.
  std::map<std::string, std::string> reached;
  /// Members that left, and when their data link is given up too: running requests may need it.
  std::map<std::string, std::chrono::steady_clock::time_point> leaving;
  /// Names of those found at --join addresses: asked again when all memory of them is gone.
  std::map<endpoint, std::string> joined;
  std::map<std::string, std::uint64_t> instances;  ///< of those we are or were connected to
  duplicate_names names;
  std::set<std::string> doubtful;  ///< those names the listeners were not told of
  absence_book absent;             ///< by name of a member, or by address to join
  peer_memory remembered;
  std::chrono::steady_clock::time_point begun;  ///< to dial
  std::map<std::string, node_report> reports;   ///< what peers last said of themselves
  std::vector<named_model> models;              ///< complete ones, as last heard
  double gmacs = 0;                             ///< 0: not measured yet
  bool drained = false;                         ///< by hand, as the next two
  double pace_factor = 1;
  double rate_limit_mbit = 0;
};

/// Who is in the cluster: dials members and --join addresses, gossips with every peer, and tells
/// the other actors whom they can talk to. A member is alive as long as our link to it is up or
/// somebody else's is; the first alive member by name is the active coordinator. Everything that
/// peers wait for is answered from memory: it knows no disk.
///
/// Messages: (begin_atom, node), on which it starts to dial; link_up, link_lost from peer_links;
/// link_offer -> hello from a node that dialled us; (gossip_atom, gossip) -> gossip; (status_atom)
/// -> cluster_status; (change_atom, runtime_override) -> text; (failed_atom, run_failure), which
/// goes to the request's host; (reach_atom, node_names) -> those that give no sign of life, or have
/// no link; (detail_atom); (leave_atom) -> leave_reply once every peer has heard that this node
/// leaves, or could not be told; local_addresses, those of this machine from now on;
/// store_listing_ptr, this node's models from now on.
caf::behavior cluster(caf::stateful_actor<cluster_state>* self, cluster_config config);

}  // namespace bramble

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::store_listing_ptr)
