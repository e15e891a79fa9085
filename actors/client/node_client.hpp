#pragma once

#include <chrono>
#include <memory>

#include "actors/client/messages.hpp"
#include "config/keys.hpp"
#include "config/parse.hpp"

namespace bramble {

/// A program that talks to one node: the command line and the console. Every call waits for the
/// answer and throws `user_error` with the node's sentence when there is none. One thread at a
/// time.
class node_client {
 public:
  /// Connects with the certificates of this home. Throws `user_error` when nobody answers there, or
  /// somebody of another cluster.
  node_client(const key_info& keys, const endpoint& node);
  ~node_client();
  node_client(const node_client&) = delete;
  node_client& operator=(const node_client&) = delete;

  const std::string& node_name() const;

  cluster_status status();
  actor_list actors();
  model_description describe(const std::string& model);
  plan make_plan(const plan_query& query);
  /// That node's speed with a model, which it fetches and measures first if need be.
  capacity_report prepare(const prepare_request& request);
  /// Goes on to another node when this one is stopping, and stays there.
  infer_reply infer(const infer_request& request);
  /// What that node works by as a host.
  live_report live();
  /// Changes that node; answers a sentence without its full stop.
  std::string change(const live_change& what);

 private:
  class connection;
  key_info keys_;
  std::unique_ptr<connection> connection_;
};

}  // namespace bramble
