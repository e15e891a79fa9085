#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/capacity/capacity_meter.hpp"
#include "actors/client/basp_port.hpp"
#include "actors/client/system.hpp"
#include "actors/doctor/examiner.hpp"
#include "actors/execution/branch_executor.hpp"
#include "actors/membership/cluster.hpp"
#include "actors/membership/dialer.hpp"
#include "actors/membership/graceful_shutdown.hpp"
#include "actors/membership/keyring.hpp"
#include "actors/membership/link_meter.hpp"
#include "actors/membership/notebook.hpp"
#include "actors/models/model_cache.hpp"
#include "actors/models/model_finder.hpp"
#include "actors/models/model_reader.hpp"
#include "actors/node/gate.hpp"
#include "actors/node/heartbeat.hpp"
#include "actors/node/node.hpp"
#include "actors/node/node_service.hpp"
#include "actors/observing/counted.hpp"
#include "actors/operating/operator_desk.hpp"
#include "actors/operating/restarts.hpp"
#include "actors/planning/coordinator.hpp"
#include "actors/planning/remeasure.hpp"
#include "actors/requests/chunk_buffer.hpp"
#include "actors/requests/requester.hpp"
#include "actors/transport/data_plane/data_plane.hpp"
#include "actors/transport/data_plane/frames.hpp"
#include "actors/transport/front/front.hpp"
#include "balancer/devices/device_file.hpp"
#include "config/base/files.hpp"
#include "config/format.hpp"
#include "config/revocations.hpp"
#include "config/system/board_name.hpp"
#include "config/system/memory.hpp"
#include "config/system/service_manager.hpp"
#include "config/version.hpp"
#include "discovery/address_watch.hpp"
#include "discovery/mdns/avahi.hpp"
#include "discovery/mdns/beacon.hpp"
#include "model/runtime/runtime_engine.hpp"

namespace bramble {

/// What a node is made of: its ports, its actors, and what each is given. Only node_service.cpp and
/// the files beside it include this.
class node_service::parts {
 public:
  parts(const home_paths& paths, const node_options& options);

  /// Frames stop first, so that no actor is spoken to that is gone; the face goes before the rest.
  /// The actor system waits for all of them, and only then do the data plane and the front they
  /// use.
  ~parts();

  void leave();
  std::string banner() const;

 private:
  /// Spawns an actor that ends with the node.
  template <caf::spawn_options Options = caf::no_spawn_options, class... Args>
  auto begin(const std::string& name, Args&&... args) {
    const auto made =
        spawn_counted<Options>(system_, board_, name, nullptr, std::forward<Args>(args)...);
    all_.emplace_back(name, made);
    return made;
  }

  /// The same of one that loses nothing when it is begun anew, by hand; `made` is called with each.
  template <caf::spawn_options Options = caf::no_spawn_options, class Made, class... Args>
  auto begin_replaceable(const std::string& name, Made made, const Args&... args) {
    const auto first = begin<Options>(name, args...);
    made(first);
    const auto place = caf::actor_cast<caf::strong_actor_ptr>(first);
    anew_[name] = [=, this] {
      const auto next = spawn_counted<Options>(system_, board_, name, nullptr, args...);
      made(next);
      // Whoever knows the first one goes on knowing it: it hands on what it gets.
      auto* former = caf::actor_cast<caf::abstract_actor*>(place);
      dynamic_cast<counted_actor&>(*former).replace_by(
          caf::actor_cast<caf::strong_actor_ptr>(next));
    };
    return first;
  }

  /// A sentence that says why not, or empty. On any of the actors' threads.
  std::string restart(const std::string& name);
  std::string begin_anew(const std::string& name);
  void check_name();
  void watch_models(const model_store& store);
  void start_computing(const home_paths& paths, const model_store& store);
  void start_data_plane();
  void route(const std::string& peer, frame&& got);
  void start_coordinating(const model_store& store);
  hello describe_self() const;
  cluster_config describe_cluster();
  void publish();
  void start_beacon();
  void start_heartbeat();

  node_options options_;
  key_info keys_;
  std::filesystem::path peers_file_;
  const std::shared_ptr<revocations> revoked_;  // asked by both ports, told by the cluster
  const std::uint64_t instance_;                // of this life; never 0, which clients have
  runtime_options runtime_;
  std::optional<device_description> device_;  // emulated
  std::shared_ptr<emulation_account> account_ = std::make_shared<emulation_account>();
  gate gate_;
  std::unique_ptr<store_watch> models_;  // outlives the actors, which ask it
  peer_models peer_models_;              // likewise
  std::unique_ptr<data_plane> plane_;    // outlives the actors, which send through it
  front_config door_config_;
  std::unique_ptr<front> door_;  // outlives the actors too: their connections are in it
  const actor_board_ptr board_ = std::make_shared<actor_board>(options_.counters);
  const std::shared_ptr<log_ring> log_ = log_ring::install();
  const std::shared_ptr<journal> journal_;  // actors tell it; outlives them
  const event_teller tell_ = [to = journal_](const auto& kind, const auto& about,
                                             const auto& text) { to->note(kind, about, text); };
  system_config config_;
  caf::actor_system system_;
  std::vector<std::pair<std::string, described_actor>> all_;
  std::map<std::string, std::function<void()>> anew_;  ///< by name; behind the gate
  capacity_meter_actor meter_;
  branch_executor_actor executor_;
  model_cache_actor model_cache_;
  coordinator_actor coordinator_;
  requester_actor requester_;
  chunk_buffer_actor chunks_;
  remeasurer_actor remeasurer_;
  keyring_actor keyring_;
  examiner_actor examiner_;
  operator_desk_actor desk_;
  cluster_actor cluster_;
  model_source source_;
  node_actor node_;
  std::unique_ptr<beacon> beacon_;
  std::unique_ptr<address_watch> watch_;  // tells the beacon
};

}  // namespace bramble
