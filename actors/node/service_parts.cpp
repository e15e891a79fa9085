#include "actors/node/service_parts.hpp"

#include <spdlog/spdlog.h>

#include <random>
#include <thread>

#include "config/defaults_balancer.hpp"
#include "config/defaults_runtime.hpp"

namespace bramble {
namespace {

/// Never 0, which clients have.
std::uint64_t any_number() {
  std::random_device chance;
  return (std::uint64_t{chance()} << 32 | chance()) | 1;
}

}  // namespace

node_service::parts::parts(const home_paths& paths, const node_options& options)
    : options_{options},
      keys_{load_keys(paths.keys)},
      peers_file_{paths.peers},
      revoked_{std::make_shared<revocations>(keys_.paths)},
      instance_{any_number()},
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

node_service::parts::~parts() {
  watch_.reset();
  beacon_.reset();
  gate_.close();
  caf::anon_send_exit(node_, caf::exit_reason::user_shutdown);
  for (const auto& [name, each] : all_) caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
}

void node_service::parts::leave() {
  watch_.reset();
  beacon_.reset();
  shut_down_gracefully(system_, {.cluster = cluster_,
                                 .requester = requester_,
                                 .chunk_buffer = chunks_,
                                 .executor = executor_});
}

std::string node_service::parts::banner() const {
  return "node " + options_.name + " of cluster " + keys_.cluster_name + " (" + keys_.cluster_id +
         ") on " + to_string(endpoint{options_.listen_address, options_.control_port}) +
         ", tensors on port " + std::to_string(plane_->port());
}

std::string node_service::parts::restart(const std::string& name) {
  auto why = why_not_restarted(name);
  if (!why.empty()) return why;
  why = options_.name + " is ending.";
  gate_.pass([&] { why = begin_anew(name); });
  return why;
}

std::string node_service::parts::begin_anew(const std::string& name) {
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

void node_service::parts::check_name() {
  if (keys_.node_name != options_.name)
    throw user_error("This home's certificate is for " + keys_.node_name + ", not " +
                     options_.name + "; start the node with --name " + keys_.node_name +
                     " or get keys for the other name with `bramble keys issue " + options_.name +
                     "`.");
}

void node_service::parts::watch_models(const model_store& store) {
  auto tell = [this, known = std::string{}](const store_listing_ptr& now) mutable {
    if (now->trouble != std::exchange(known, now->trouble) && !known.empty())
      spdlog::warn("{}", known);
    gate_.pass([&] { caf::anon_send(cluster_, now); });
  };
  models_ = std::make_unique<store_watch>(store, std::move(tell));
}

void node_service::parts::start_computing(const home_paths& paths, const model_store& store) {
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
  meter_ = begin_replaceable<caf::detached>("capacity_meter", with_executor, capacity_meter, meter);
}

void node_service::parts::start_data_plane() {
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
  handlers.on_link = [this](const std::string& peer, link_event event, const std::string& reason) {
    if (event != link_event::down) return;
    gate_.pass([&] {
      caf::anon_send(executor_, data_link_lost{peer, reason});
      caf::anon_send(model_cache_, data_link_lost{peer, reason});
    });
  };
  plane_ = std::make_unique<data_plane>(config, std::move(handlers));
}

void node_service::parts::route(const std::string& peer, frame&& got) {
  const bool is_file = is_about_blobs(got.header);
  data_frame arrived{peer, std::move(got)};
  if (is_file)
    caf::anon_send(model_cache_, std::move(arrived));
  else
    caf::anon_send(executor_, std::move(arrived));
}

}  // namespace bramble
