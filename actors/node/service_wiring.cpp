// Which actor is given what.
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "actors/node/service_parts.hpp"
#include "config/base/files.hpp"
#include "config/base/wall_clock.hpp"
#include "config/defaults.hpp"
#include "config/defaults_addresses.hpp"
#include "config/defaults_balancer.hpp"

namespace bramble {
namespace {

/// None of an earlier life where the file is damaged: it is written anew.
peer_memory read_peers(const std::filesystem::path& file, const std::string& cluster) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return {cluster, {}};
  try {
    return parse_peers(as_text(read_file(file, defaults::remembered_peers_limit_bytes)), cluster);
  } catch (const user_error& e) {
    spdlog::warn("{}", e.what());
    return {cluster, {}};
  }
}

}  // namespace

void node_service::parts::start_coordinating(const model_store& store) {
  const branch_executor_config executor{.self = options_.name,
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
  std::function<mdns_facts(const std::vector<std::string>&)> hear;
  if (options_.mdns)
    hear = [self = notice_of(keys_, mdns_notice::kind_t::node, options_.control_port)](
               const std::vector<std::string>& peers) { return hear_of(self, peers); };
  const examiner_config examining{.self = options_.name,
                                  .keys = keys_.paths.folder,
                                  .models = store.folder(),
                                  .control_port = options_.control_port,
                                  .data_port = plane_->port(),
                                  .requester = requester_,
                                  .hear = std::move(hear)};
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

hello node_service::parts::describe_self() const {
  auto out = make_hello(keys_);
  out.instance = instance_;
  return out;
}

cluster_config node_service::parts::describe_cluster() {
  cluster_config out;
  out.me = describe_self();
  out.remembered = read_peers(peers_file_, keys_.founder);
  const auto nothing_more = [](const auto&) {};
  out.notebook = begin_replaceable<caf::detached>("notebook", nothing_more, notebook, peers_file_);
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
  out.revoked_notes =
      begin_replaceable<caf::detached>("revocations", nothing_more, notebook, keys_.paths.revoked);
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

void node_service::parts::publish() {
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

void node_service::parts::start_beacon() {
  beacon_config shining;
  shining.self = notice_of(keys_, mdns_notice::kind_t::node, options_.control_port);
  shining.make = make_avahi;
  shining.sighted = [to = cluster_](const std::vector<sighted_node>& nodes) {
    caf::anon_send(to, member_event::sighted{nodes});
  };
  shining.say = [](const std::string& line) { spdlog::info("{}", line); };
  beacon_ = std::make_unique<beacon>(std::move(shining));
}

void node_service::parts::start_heartbeat() {
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

}  // namespace bramble
