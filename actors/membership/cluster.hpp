#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>

#include "actors/internal/actors.hpp"
#include "actors/membership/peer_models.hpp"
#include "config/parse.hpp"
#include "discovery/addresses.hpp"
#include "discovery/duplicate_names.hpp"
#include "discovery/peer_memory.hpp"

namespace bramble {

struct cluster_config {
  hello me;
  member self;
  std::string cluster_name;
  std::vector<endpoint> join;
  std::string listen_address;         ///< any: this node is at all addresses of the machine
  local_addresses machine;            ///< at the start; news come as messages
  peer_memory remembered;             ///< from an earlier life
  notebook_actor notebook;            ///< gets what is to be remembered, as text; may be none
  tensor_transport* plane = nullptr;  ///< outlives the actor
  double pace_gmacs = 0;              ///< 0: not paced
  std::uint32_t threads = 1;
  std::uint64_t memory_mb = 0;
  capacity_meter_actor meter;
  std::vector<directory_reader> listeners;
  std::vector<data_link_user> data_users;  ///< hear it as well when a control link is lost
  branch_executor_actor executor;          ///< asked for its plans
  failure_listener requester;              ///< of requests that this node hosts
  peer_models* models = nullptr;           ///< learns what peers tell; outlives the actor; or none
  model_cache_actor model_cache;           ///< hears that it did; may be none
  std::function<dialer_actor()> make_dialer;  ///< one for each link; tests give their own
};

using tick_atom = caf::atom_constant<caf::atom("tick")>;
/// With its reminder to itself.
using private_cluster = cluster_actor::extend<caf::reacts_to<tick_atom>>;

struct cluster_state {
  static inline const char* name = "cluster";
  cluster_config config;
  node_actor node;  ///< our face, which peers get as the way back
  membership view;
  std::optional<tombstones> memory;
  std::map<std::string, peer_link_actor> links;  ///< of each other member
  struct joining_link {
    peer_link_actor link;
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

using cluster_pointer = private_cluster::stateful_pointer<cluster_state>;

/// Who is in the cluster: dials members and --join addresses, gossips with every peer, and tells
/// the other actors whom they can talk to. A member is alive as long as our link to it is up or
/// somebody else's is; the first alive member by name is the active coordinator. Everything that
/// peers wait for is answered from memory: it knows no disk.
private_cluster::behavior_type cluster(cluster_pointer self, cluster_config config);

}  // namespace bramble
