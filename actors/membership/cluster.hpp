#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "actors/internal/actors.hpp"
#include "actors/internal/emulation_account.hpp"
#include "actors/membership/peer_models.hpp"
#include "actors/observing/core/actor_board.hpp"
#include "actors/observing/core/full_windows.hpp"
#include "config/parse.hpp"
#include "config/revocations.hpp"
#include "discovery/addresses.hpp"
#include "discovery/member_book.hpp"
#include "discovery/peer_memory.hpp"
#include "model/plan/method_pins.hpp"

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
  std::string device;                 ///< emulated; empty: none
  std::string board;                  ///< what kind of machine this is
  std::shared_ptr<const emulation_account> account;  ///< of the executor; may be null
  std::uint32_t threads = 1;
  std::uint64_t memory_mb = 0;
  capacity_meter_actor meter;
  std::vector<directory_reader> listeners;
  std::vector<data_link_user> data_users;  ///< hear it as well when a control link is lost
  branch_executor_actor executor;          ///< asked for its plans
  failure_listener requester;              ///< of requests that this node hosts
  load_teller loads;                       ///< of this host; may be none
  pins_reader pins;                        ///< hears of methods chosen by hand; may be none
  peer_models* models = nullptr;           ///< learns what peers tell; outlives the actor; or none
  model_cache_actor model_cache;           ///< hears that it did; may be none
  keyring_actor keyring = {};              ///< hears of a new authority; may be none
  std::shared_ptr<revocations> revoked;  ///< what is known of them; both ports ask it; may be null
  notebook_actor revoked_notes;          ///< gets each new list; may be none
  std::function<void()> drop_revoked;    ///< tells both ports that there is a new one
  /// One for each link, whose other end is called so; tests give their own.
  std::function<dialer_actor(const std::string& whom)> make_dialer;
  event_teller tell = {};         ///< of what happens to members and links; may be empty
  actor_board_ptr counters = {};  ///< of this node's actors; null: nothing is counted
};

using tick_atom = caf::atom_constant<caf::atom("tick")>;
/// With its reminder to itself.
using private_cluster = cluster_actor::extend<caf::reacts_to<tick_atom>>;

struct cluster_state {
  static inline const char* name = "cluster";
  cluster_config config;
  node_actor node;                                 ///< our face, which peers get as the way back
  std::optional<member_book> book;                 ///< decides who is in; there from the start
  std::map<link_number, peer_link_actor> links;    ///< those that the book asked for
  std::map<caf::actor_addr, link_number> numbers;  ///< the reverse
  std::string unknown_list;  ///< of revocations: the last by an authority that is not known here
  std::map<std::string, node_report> reports;           ///< what peers last said of themselves
  std::vector<named_model> models;                      ///< complete ones, as last heard
  std::vector<model_load> loads;                        ///< likewise
  std::map<std::string, member::state_t> told_members;  ///< as the events have them, and the next
  std::map<std::string, double> told_links;             ///< Mbit/s by peer
  std::vector<std::string> warnings;                    ///< of the board and links, likewise
  method_pins pins;                                     ///< by hand, of the whole shelf
  full_windows windows;
  double gmacs = 0;        ///< 0: not measured yet
  double pace_factor = 1;  ///< by hand, as the next
  double rate_limit_mbit = 0;
};

using cluster_pointer = private_cluster::stateful_pointer<cluster_state>;

/// Who is in the cluster: links to members and to --join addresses, gossip with every peer, and who
/// can be talked to for the other actors. A member is alive as long as our link to it is up or
/// somebody else's is; the first alive member by name is the active coordinator. What is to be done
/// is decided by the book (discovery/member_book.hpp); this actor tells it what happens and does
/// what it says (cluster_actions.hpp). Everything that peers wait for is answered from memory: it
/// knows no disk.
private_cluster::behavior_type cluster(cluster_pointer self, cluster_config config);

}  // namespace bramble
