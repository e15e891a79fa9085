#include "actors/client/node_client.hpp"

#include "actors/client/system.hpp"
#include "config/defaults.hpp"
#include "discovery/probe.hpp"

namespace bramble {

class node_client::connection {
 public:
  connection(const key_info& keys, const endpoint& node)
      : config_{keys}, system_{config_}, self_{system_} {
    const auto place = node.host + ":" + std::to_string(node.port);
    std::string why;
    if (!can_connect(node.host, node.port, defaults::dial_timeout, &why))
      throw user_error(
          "No node answers at " + place + " (" + why +
          "); start one with `bramble node`, or name another with --node HOST[:PORT].");
    connect(node, place);
    const auto mine = make_hello(keys);
    peer_ = ask<hello>(defaults::dial_timeout, hello_atom_v, mine);
    check_hello(mine, peer_);
  }

  template <class Reply, class... Args>
  Reply ask(std::chrono::milliseconds timeout, const Args&... args) {
    Reply out{};
    caf::error failed;
    self_->request(node_, timeout, args...)
        .receive([&](Reply& reply) { out = std::move(reply); },
                 [&](caf::error& e) { failed = std::move(e); });
    if (failed) throw user_error(sentence_of(failed));
    return out;
  }

  const hello& peer() const { return peer_; }

 private:
  void connect(const endpoint& node, const std::string& place) {
    caf::error failed;
    self_
        ->request(system_.openssl_manager().actor_handle(), defaults::dial_timeout,
                  caf::connect_atom_v, node.host, node.port)
        .receive(
            [&](const caf::node_id&, const caf::strong_actor_ptr& handle,
                const std::set<std::string>&) {
              if (handle) node_ = caf::actor_cast<node_actor>(handle);
            },
            [&](caf::error& e) { failed = std::move(e); });
    if (!node_)
      throw user_error(place +
                       " refused the secured connection: it is no Bramble node, or one of another "
                       "cluster; `bramble keys show` tells which cluster this home belongs to.");
  }

  system_config config_;
  caf::actor_system system_;
  caf::scoped_actor self_;
  node_actor node_;
  hello peer_;
};

node_client::node_client(const key_info& keys, const endpoint& node)
    : connection_{std::make_unique<connection>(keys, node)} {}
node_client::~node_client() = default;

const std::string& node_client::node_name() const {
  return connection_->peer().name;
}

cluster_status node_client::status() {
  return connection_->ask<cluster_status>(defaults::gossip_timeout, status_atom_v);
}

actor_list node_client::actors() {
  return connection_->ask<actor_list>(defaults::gossip_timeout, actors_atom_v);
}

model_description node_client::describe(const std::string& model) {
  return connection_->ask<model_description>(defaults::gossip_timeout, describe_atom_v, model);
}

plan node_client::make_plan(const plan_query& query) {
  return connection_->ask<plan>(defaults::plan_timeout, plan_atom_v, query);
}

capacity_report node_client::prepare(const prepare_request& request) {
  return connection_->ask<capacity_report>(defaults::prepare_timeout, prepare_atom_v, request);
}

live_report node_client::live() {
  return connection_->ask<live_report>(defaults::gossip_timeout, live_atom_v);
}

std::string node_client::change(const live_change& what) {
  return connection_->ask<std::string>(defaults::gossip_timeout, change_atom_v, what);
}

infer_reply node_client::infer(const infer_request& request) {
  return connection_->ask<infer_reply>(defaults::plan_timeout + defaults::request_patience,
                                       infer_atom_v, request);
}

}  // namespace bramble
