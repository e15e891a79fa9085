#include "actors/node_service.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <mutex>
#include <random>
#include <thread>

#include "actors/branch_executor.hpp"
#include "actors/capacity_meter.hpp"
#include "actors/client/system.hpp"
#include "actors/cluster.hpp"
#include "actors/coordinator.hpp"
#include "actors/dialer.hpp"
#include "actors/farewell.hpp"
#include "actors/link_meter.hpp"
#include "actors/memory.hpp"
#include "actors/model_keeper.hpp"
#include "actors/node.hpp"
#include "actors/parcel_desk.hpp"
#include "actors/requester.hpp"
#include "config/defaults.hpp"
#include "config/version.hpp"
#include "discovery/probe.hpp"

namespace bramble {
namespace {

std::uint64_t milliseconds_since_1970() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                        std::chrono::system_clock::now().time_since_epoch())
                                        .count());
}

bool is_any_address(const std::string& address) {
  return address.empty() || address == "0.0.0.0" || address == "::";
}

/// Where peers reach us: what we listen on, or the address the kernel uses towards those we join.
std::string advertised_address(const node_options& options) {
  if (!is_any_address(options.listen_address)) return options.listen_address;
  for (const auto& peer : options.join) {
    auto towards = address_towards(peer.host);
    if (!towards.empty()) return towards;
  }
  const auto own = own_addresses();
  return own.empty() ? "127.0.0.1" : own.front();
}

}  // namespace

/// Lets the data plane's thread through to the actors while they exist.
class gate {
 public:
  template <class Function>
  void pass(Function&& f) {
    const std::lock_guard lock{mutex_};
    if (open_) f();
  }
  void open() {
    const std::lock_guard lock{mutex_};
    open_ = true;
  }
  void close() {
    const std::lock_guard lock{mutex_};
    open_ = false;
  }

 private:
  std::mutex mutex_;
  bool open_ = false;
};

class node_service::parts {
 public:
  parts(const home_paths& paths, const node_options& options)
      : options_{options}, keys_{load_keys(paths.keys)}, config_{keys_}, system_{config_} {
    check_name();
    runtime_.threads = options.threads > 0
                           ? options.threads
                           : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    runtime_.choices = std::make_shared<backend_choices>();
    if (options.pace_gmacs) runtime_.calibration_rest = defaults::paced_calibration_rest;
    const model_store store{paths.models, bytes_of_gb(options.models_max_gb)};
    start_computing(paths, store);
    start_data_plane();
    start_coordinating(store);
    publish(store);
  }

  /// Frames stop first, so that no actor is spoken to that is gone; the face goes before the rest.
  /// The actor system waits for all of them, and only then does the data plane they use go.
  ~parts() {
    gate_.close();
    caf::anon_send_exit(node_, caf::exit_reason::user_shutdown);
    for (const auto& [name, each] : all_)
      caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
  }

  void leave() { say_farewell(system_, {cluster_, requester_, desk_, executor_}); }

  std::string banner() const {
    return "node " + options_.name + " of cluster " + keys_.cluster_name + " (" + keys_.cluster_id +
           ") on " + to_string(endpoint{options_.listen_address, options_.control_port}) +
           ", tensors on port " + std::to_string(plane_->port());
  }

 private:
  void check_name() {
    if (keys_.node_name != options_.name)
      throw user_error("This home's certificate is for " + keys_.node_name + ", not " +
                       options_.name + "; start the node with --name " + keys_.node_name +
                       " or get keys for the other name with `bramble keys issue " + options_.name +
                       "`.");
  }

  void start_computing(const home_paths& paths, const model_store& store) {
    capacity_meter_config meter{store, paths.calibration, runtime_, options_.pace_gmacs};
    meter_ = keep("capacity_meter", system_.spawn<caf::detached>(capacity_meter, meter));
  }

  void start_data_plane() {
    data_plane_config config;
    config.name = options_.name;
    config.bind_address = options_.listen_address;
    config.port = options_.data_port;
    config.ca_file = keys_.paths.ca_crt;
    config.certificate_file = keys_.paths.node_crt;
    config.key_file = keys_.paths.node_key;
    data_plane_handlers handlers;
    handlers.on_frame = [this](const std::string& peer, frame&& got) {
      gate_.pass([&] { route(peer, std::move(got)); });
    };
    handlers.on_link = [this](const std::string& peer, link_event event,
                              const std::string& reason) {
      if (event != link_event::down) return;
      gate_.pass([&] {
        caf::anon_send(executor_, data_link_lost{peer, reason});
        caf::anon_send(keeper_, data_link_lost{peer, reason});
      });
    };
    plane_ = std::make_unique<data_plane>(config, std::move(handlers));
  }

  void route(const std::string& peer, frame&& got) {
    const auto kind = got.header.kind;
    const bool for_keeper = kind == frame_kind::blob_request || kind == frame_kind::blob_block ||
                            (kind == frame_kind::error && got.header.flags == flag_blob_error);
    caf::anon_send(for_keeper ? keeper_ : executor_, data_frame{peer, std::move(got)});
  }

  void start_coordinating(const model_store& store) {
    branch_executor_config executor{options_.name, store, runtime_, plane_.get(), meter_};
    executor_ = keep("branch_executor", system_.spawn<caf::detached>(branch_executor, executor));
    model_keeper_config keeper{options_.name, store, plane_.get(), meter_, executor_};
    keeper_ = keep("model_keeper", system_.spawn<caf::detached>(model_keeper, keeper));
    auto thinker = keep("planner", system_.spawn<caf::detached>(planner));
    coordinator_config coordination{options_.name, store, keeper_, executor_, thinker};
    coordinator_ = keep("coordinator", system_.spawn(coordinator, coordination));
    requester_config requests{options_.name, store, executor_, coordinator_,
                              static_cast<std::uint32_t>(std::random_device{}())};
    requester_ = keep("requester", system_.spawn(requester, requests));
    desk_ = keep("parcel_desk",
                 system_.spawn(parcel_desk, parcel_desk_config{options_.name, store, requester_}));
    keep("link_meter", system_.spawn(link_meter_actor, plane_.get()));
    cluster_ = keep("cluster", system_.spawn(cluster, describe_cluster(store)));
    caf::anon_send(executor_, owner_atom::value, cluster_);
    gate_.open();
  }

  cluster_config describe_cluster(const model_store& store) {
    cluster_config out;
    out.me = make_hello(keys_);
    out.self.name = options_.name;
    out.self.address = advertised_address(options_);
    out.self.control_port = options_.control_port;
    out.self.data_port = plane_->port();
    out.self.version = version;
    out.self.boot = milliseconds_since_1970();
    out.cluster_name = keys_.cluster_name;
    out.join = options_.join;
    out.store = store;
    out.plane = plane_.get();
    out.pace_gmacs = options_.pace_gmacs.value_or(0);
    out.threads = static_cast<std::uint32_t>(runtime_.threads);
    out.memory_mb = total_memory_mb();
    out.meter = meter_;
    out.listeners = {coordinator_, requester_};
    out.data_users = {executor_, keeper_};
    out.executor = executor_;
    out.requester = requester_;
    out.make_dialer = [this] { return system_.spawn<caf::detached>(dialer); };
    return out;
  }

  void publish(const model_store& store) {
    node_parts inside{cluster_, coordinator_, requester_, desk_, executor_, keeper_, all_};
    node_ = system_.spawn(node, make_hello(keys_), store, inside);
    const auto* address =
        is_any_address(options_.listen_address) ? nullptr : options_.listen_address.c_str();
    const auto port = caf::openssl::publish(node_, options_.control_port, address, true);
    if (!port)
      throw user_error("Port " + std::to_string(options_.control_port) + " of " +
                       options_.listen_address +
                       " cannot be listened on; is a node running there already? Choose another "
                       "with --listen ADDRESS:PORT.");
    caf::anon_send(cluster_, owner_atom::value, caf::actor_cast<caf::strong_actor_ptr>(node_));
  }

  caf::actor keep(const std::string& name, caf::actor which) {
    all_.emplace_back(name, which);
    return which;
  }

  node_options options_;
  key_info keys_;
  runtime_options runtime_;
  gate gate_;
  std::unique_ptr<data_plane> plane_;  // outlives the actors, which send through it
  system_config config_;
  caf::actor_system system_;
  std::vector<std::pair<std::string, caf::actor>> all_;
  caf::actor meter_, executor_, keeper_, coordinator_, requester_, desk_, cluster_;
  node_actor node_;
};

node_service::node_service(const home_paths& paths, const node_options& options)
    : parts_{std::make_unique<parts>(paths, options)} {}
node_service::~node_service() = default;

void node_service::leave() {
  parts_->leave();
}

std::string node_service::banner() const {
  return parts_->banner();
}

}  // namespace bramble
