#include "actors/node/node_service.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

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
#include "config/defaults.hpp"
#include "config/defaults_addresses.hpp"
#include "config/defaults_balancer.hpp"
#include "config/defaults_runtime.hpp"
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
namespace {

std::uint64_t milliseconds_since_1970() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                        std::chrono::system_clock::now().time_since_epoch())
                                        .count());
}

/// Never 0, which clients have.
std::uint64_t any_number() {
  std::random_device chance;
  return (std::uint64_t{chance()} << 32 | chance()) | 1;
}

}  // namespace

class node_service::parts {
 public:
  parts(const home_paths& paths, const node_options& options)
      : options_{options},
        keys_{load_keys(paths.keys)},
        peers_file_{paths.peers},
        revoked_{std::make_shared<revocations>(keys_.paths)},
        door_config_{keys_},
        journal_{std::make_shared<journal>(options.name, paths.events)},
        config_{door_config_.identity},
        system_{config_} {
    check_name();
    check_identity(system_, door_config_.identity);
    runtime_.threads = options.threads > 0
                           ? options.threads
                           : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    runtime_.choices = std::make_shared<backend_choices>();
    if (!options.device.empty()) device_ = find_device(options.device);
    if (options.pace_gmacs) runtime_.calibration_rest = defaults::paced_calibration_rest;
    const model_store store{paths.models, bytes_of_gb(options.models_max_gb)};
    watch_models(store);
    start_computing(paths, store);
    start_data_plane();
    start_coordinating(store);
    publish();
  }

  /// Frames stop first, so that no actor is spoken to that is gone; the face goes before the rest.
  /// The actor system waits for all of them, and only then do the data plane and the front they
  /// use.
  ~parts() {
    watch_.reset();
    beacon_.reset();
    gate_.close();
    caf::anon_send_exit(node_, caf::exit_reason::user_shutdown);
    for (const auto& [name, each] : all_)
      caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
  }

  void leave() {
    watch_.reset();
    beacon_.reset();
    shut_down_gracefully(system_, {.cluster = cluster_,
                                   .requester = requester_,
                                   .chunk_buffer = chunks_,
                                   .executor = executor_});
  }

  std::string banner() const {
    return "node " + options_.name + " of cluster " + keys_.cluster_name + " (" + keys_.cluster_id +
           ") on " + to_string(endpoint{options_.listen_address, options_.control_port}) +
           ", tensors on port " + std::to_string(plane_->port());
  }

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
  std::string restart(const std::string& name) {
    auto why = why_not_restarted(name);
    if (!why.empty()) return why;
    why = options_.name + " is ending.";
    gate_.pass([&] { why = begin_anew(name); });
    return why;
  }

  std::string begin_anew(const std::string& name) {
    if (const auto found = anew_.find(name); found != anew_.end()) {
      found->second();
      return {};
    }
    std::vector<std::string> names;
    names.reserve(anew_.size());
    for (const auto& [each, how] : anew_) names.push_back(each);
    return "There is no actor \"" + name + "\" on " + options_.name + " that can be begun anew; " +
           listed(names) + " can.";
  }

  void check_name() {
    if (keys_.node_name != options_.name)
      throw user_error("This home's certificate is for " + keys_.node_name + ", not " +
                       options_.name + "; start the node with --name " + keys_.node_name +
                       " or get keys for the other name with `bramble keys issue " + options_.name +
                       "`.");
  }

  void watch_models(const model_store& store) {
    auto tell = [this, known = std::string{}](const store_listing_ptr& now) mutable {
      if (now->trouble != std::exchange(known, now->trouble) && !known.empty())
        spdlog::warn("{}", known);
      gate_.pass([&] { caf::anon_send(cluster_, now); });
    };
    models_ = std::make_unique<store_watch>(store, std::move(tell));
  }

  void start_computing(const home_paths& paths, const model_store& store) {
    const capacity_meter_config meter{
        .store = store,
        .cache = paths.calibration,
        .runtime = runtime_,
        .pace_gmacs = options_.pace_gmacs,
        .device = device_,
        .tell = [this](const auto& kind, const auto&, const auto& text) {
          tell_(kind, options_.name, options_.name + ": " + text);
        }};
    // The executor is not there yet when the first one begins.
    const auto with_executor = [this](const capacity_meter_actor& made) {
      if (executor_) caf::anon_send(made, time_with_atom::value, metered_executor{executor_});
    };
    meter_ =
        begin_replaceable<caf::detached>("capacity_meter", with_executor, capacity_meter, meter);
  }

  void start_data_plane() {
    data_plane_config config;
    config.name = options_.name;
    config.bind_address = options_.listen_address;
    config.port = options_.data_port;
    config.ca_file = keys_.paths.ca_crt;
    config.certificate_file = keys_.paths.node_crt;
    config.key_file = keys_.paths.node_key;
    config.revoked = revoked_;
    data_plane_handlers handlers;
    handlers.on_frame = [this](const std::string& peer, frame&& got) {
      gate_.pass([&] { route(peer, std::move(got)); });
    };
    handlers.on_link = [this](const std::string& peer, link_event event,
                              const std::string& reason) {
      if (event != link_event::down) return;
      gate_.pass([&] {
        caf::anon_send(executor_, data_link_lost{peer, reason});
        caf::anon_send(model_cache_, data_link_lost{peer, reason});
      });
    };
    plane_ = std::make_unique<data_plane>(config, std::move(handlers));
  }

  void route(const std::string& peer, frame&& got) {
    const bool is_file = is_about_blobs(got.header);
    data_frame arrived{peer, std::move(got)};
    if (is_file)
      caf::anon_send(model_cache_, std::move(arrived));
    else
      caf::anon_send(executor_, std::move(arrived));
  }

  void start_coordinating(const model_store& store) {
    const branch_executor_config executor{
        .self = options_.name,
        .engine = std::make_shared<runtime_engine>(store, runtime_),
        .plane = plane_.get(),
        .meter = meter_,
        .account = account_};
    executor_ = begin<caf::detached>("branch_executor", branch_executor, executor);
    caf::anon_send(meter_, time_with_atom::value, metered_executor{executor_});
    const auto nothing_more = [](const auto&) {};
    const link_meter_actor links =
        begin_replaceable("link_meter", nothing_more, link_prober, plane_.get());
    const model_cache_config caching{.self = options_.name,
                                     .store = store,
                                     .watch = models_.get(),
                                     .peers = &peer_models_,
                                     .plane = plane_.get(),
                                     .meter = meter_,
                                     .links = links};
    model_cache_ = begin<caf::detached>("model_cache", model_cache, caching);
    auto thinker = begin_replaceable<caf::detached>("planner", nothing_more, planner, 1.0);
    auto surveyor = begin_replaceable<caf::detached>("surveyor", nothing_more, planner,
                                                     defaults::survey_plan_effort);
    const coordinator_config coordination{.self = options_.name,
                                          .model_cache = model_cache_,
                                          .executor = executor_,
                                          .planner = thinker,
                                          .surveyor = surveyor,
                                          .tell = tell_};
    coordinator_ = begin("coordinator", coordinator, coordination);
    const auto reader =
        begin_replaceable<caf::detached>("model_reader", nothing_more, model_reader, store);
    const model_finder_config finding{.self = options_.name,
                                      .reader = reader,
                                      .model_cache = model_cache_,
                                      .watch = models_.get(),
                                      .peers = &peer_models_};
    source_ = {.finder = begin("model_finder", model_finder, finding),
               .watch = models_.get(),
               .peers = &peer_models_};
    const requester_config requests{.self = options_.name,
                                    .models = source_,
                                    .executor = executor_,
                                    .coordinator = coordinator_,
                                    .boot = static_cast<std::uint32_t>(std::random_device{}()),
                                    .tell = tell_,
                                    .counters = board_};
    requester_ = begin("requester", requester, requests);
    const chunk_buffer_config chunking{
        .self = options_.name, .models = source_, .requester = requester_};
    chunks_ = begin("chunk_buffer", chunk_buffer, chunking);
    const remeasurer_config measuring{
        .self = options_.name, .plane = plane_.get(), .links = links, .meter = meter_};
    remeasurer_ = begin("remeasurer", remeasurer, measuring);
    const keyring_config renewing{.self = options_.name,
                                  .folder = keys_.paths.folder,
                                  .reload =
                                      [this] {
                                        revoked_->look_again(keys_.paths);
                                        plane_->reload_keys();
                                        door_->reload_keys();
                                      },
                                  .tell = tell_};
    keyring_ = begin<caf::detached>("keyring", keyring, renewing);
    const examiner_config examining{.self = options_.name,
                                    .keys = keys_.paths.folder,
                                    .models = store.folder(),
                                    .control_port = options_.control_port,
                                    .data_port = plane_->port(),
                                    .requester = requester_};
    examiner_ = begin<caf::detached>("examiner", examiner, examining);
    cluster_ = begin("cluster", cluster, describe_cluster());
    const operator_desk_config desk{.self = options_.name,
                                    .coordinator = coordinator_,
                                    .requester = requester_,
                                    .executor = executor_,
                                    .meter = meter_,
                                    .links = links,
                                    .finder = source_.finder,
                                    .remeasurer = remeasurer_,
                                    .cluster = cluster_,
                                    .all = all_,
                                    .tell = tell_};
    desk_ = begin("operator_desk", operator_desk, desk);
    caf::anon_send(examiner_, report_to_atom::value, status_teller{cluster_});
    caf::anon_send(executor_, report_to_atom::value, failure_listener{cluster_});
    gate_.open();
    // The first look may have been over before; later ones wait at the gate meanwhile.
    gate_.pass([&] { caf::anon_send(cluster_, models_->last()); });
  }

  /// None of an earlier life where the file is damaged: it is written anew.
  static peer_memory read_peers(const std::filesystem::path& file, const std::string& cluster) {
    std::error_code error;
    if (!std::filesystem::exists(file, error)) return {cluster, {}};
    try {
      return parse_peers(as_text(read_file(file, defaults::remembered_peers_limit_bytes)), cluster);
    } catch (const user_error& e) {
      spdlog::warn("{}", e.what());
      return {cluster, {}};
    }
  }

  hello describe_self() const {
    auto out = make_hello(keys_);
    out.instance = instance_;
    return out;
  }

  cluster_config describe_cluster() {
    cluster_config out;
    out.me = describe_self();
    out.remembered = read_peers(peers_file_, keys_.founder);
    const auto nothing_more = [](const auto&) {};
    out.notebook =
        begin_replaceable<caf::detached>("notebook", nothing_more, notebook, peers_file_);
    out.self.name = options_.name;
    out.listen_address = options_.listen_address;
    out.machine = look_at_addresses();
    out.self.addresses = addresses_of_self(options_.listen_address, out.machine);
    out.self.control_port = options_.control_port;
    out.self.data_port = plane_->port();
    out.self.version = version;
    out.self.boot = milliseconds_since_1970();
    out.self.instance = instance_;
    out.cluster_name = keys_.cluster_name;
    out.join = options_.join;
    out.plane = plane_.get();
    out.pace_gmacs = options_.pace_gmacs.value_or(0);
    if (device_) out.device = name_of(*device_);
    out.account = account_;
    out.board = board_name();
    out.threads = static_cast<std::uint32_t>(runtime_.threads);
    out.memory_mb = total_memory_mb();
    out.meter = meter_;
    out.listeners = {coordinator_, requester_, remeasurer_, keyring_, examiner_};
    out.data_users = {executor_, model_cache_};
    out.executor = executor_;
    out.requester = requester_;
    out.loads = requester_;
    out.pins = requester_;
    out.models = &peer_models_;
    out.model_cache = model_cache_;
    out.keyring = keyring_;
    out.revoked = revoked_;
    out.revoked_notes = begin_replaceable<caf::detached>("revocations", nothing_more, notebook,
                                                         keys_.paths.revoked);
    out.drop_revoked = [this] {
      plane_->drop_revoked();
      door_->drop_revoked();
    };
    out.make_dialer = [this](const std::string& whom) {
      return dialer_actor{spawn_counted<caf::detached>(system_, board_, "dialer " + whom, nullptr,
                                                       dialer, door_.get())};
    };
    out.tell = tell_;
    out.counters = board_;
    return out;
  }

  void publish() {
    const node_parts inside{.cluster = cluster_,
                            .coordinator = coordinator_,
                            .requester = requester_,
                            .chunks = chunks_,
                            .executor = executor_,
                            .model_cache = model_cache_,
                            .remeasurer = remeasurer_,
                            .keyring = keyring_,
                            .examiner = examiner_,
                            .desk = desk_,
                            .all = all_,
                            .models = source_,
                            .board = board_,
                            .events = journal_,
                            .log = log_,
                            // As the service manager does; `bramble node` waits for that.
                            .stop = [] { ::kill(::getpid(), SIGTERM); },
                            .restart = [this](const auto& name) { return restart(name); }};
    node_ = spawn_counted(system_, board_, "node", nullptr, node, describe_self(), inside);
    door_config_.revoked = revoked_;
    door_config_.listen = {options_.listen_address, options_.control_port};
    door_config_.face = node_.id();
    door_ = std::make_unique<front>(door_config_, [this](int local) {
      if (!gate_.pass([&] { hand_over_accepted(system_, local, node_); })) ::close(local);
    });
    caf::anon_send(cluster_, begin_atom::value, node_);
    // It looks once more at its start: what changed since the first look is not lost.
    if (options_.mdns) start_beacon();
    watch_ = std::make_unique<address_watch>(local_addresses{}, [this](const local_addresses& now) {
      caf::anon_send(cluster_, now);
      if (beacon_) beacon_->move(cards_to_tell_on(options_.listen_address));
    });
    if (has_service_manager()) start_heartbeat();
  }

  void start_beacon() {
    beacon_config shining;
    shining.self = notice_of(keys_, mdns_notice::kind_t::node, options_.control_port);
    shining.make = make_avahi;
    shining.sighted = [to = cluster_](const std::vector<sighted_node>& nodes) {
      caf::anon_send(to, member_event::sighted{nodes});
    };
    shining.say = [](const std::string& line) { spdlog::info("{}", line); };
    beacon_ = std::make_unique<beacon>(std::move(shining));
  }

  void start_heartbeat() {
    const heartbeat_config beating{.face = node_,
                                   .cluster = cluster_,
                                   .prompt = {{"coordinator", coordinator_},
                                              {"requester", requester_},
                                              {"chunk_buffer", chunks_}},
                                   .interval = sign_of_life_interval(),
                                   .alive = tell_alive};
    // The face is there already, and may be asked to begin actors anew.
    gate_.pass([&] {
      begin_replaceable(
          "heartbeat", [](const auto&) {}, heartbeat, beating);
    });
  }

  node_options options_;
  key_info keys_;
  std::filesystem::path peers_file_;
  const std::shared_ptr<revocations> revoked_;  // asked by both ports, told by the cluster
  const std::uint64_t instance_ = any_number();
  runtime_options runtime_;
  std::optional<device_description> device_;  // emulated
  std::shared_ptr<emulation_account> account_ = std::make_shared<emulation_account>();
  gate gate_;
  std::unique_ptr<store_watch> models_;  // outlives the actors, which ask it
  peer_models peer_models_;              // likewise
  std::unique_ptr<data_plane> plane_;    // outlives the actors, which send through it
  front_config door_config_;
  std::unique_ptr<front> door_;  // outlives the actors too: their connections are in it
  const actor_board_ptr board_ = std::make_shared<actor_board>();
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
