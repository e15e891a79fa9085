#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "actors/protocol/messages.hpp"
#include "config/base/error.hpp"
#include "config/keys.hpp"
#include "config/parse.hpp"

namespace bramble {

/// What a node says that has too much to do: try again after so long.
class node_is_busy : public user_error {
 public:
  node_is_busy(const std::string& sentence, std::chrono::milliseconds when)
      : user_error{sentence}, after{when} {}
  std::chrono::milliseconds after;
};

/// The node went away or is not heard of, and so is every other that was given: what was asked may
/// be asked of others.
class node_is_lost : public user_error {
 public:
  using user_error::user_error;
};

/// Nobody waits for the answer any more.
class request_was_abandoned : public user_error {
 public:
  using user_error::user_error;
};

/// A program that talks to one node at a time: the command line and the console. Every call waits
/// for the answer and throws `user_error` with the node's sentence when there is none. One thread
/// at a time, but for `infer`, `describe`, `prepare` and `node_name`, which any number of threads
/// may call at once: all their requests go over one connection, so that a node sees one client.
class node_client {
 public:
  /// Connects, with the certificates of this home, to the first of `nodes` (at least one) that
  /// answers. Throws `user_error` when none does (`node_is_lost` where the last one is not there at
  /// all), or somebody of another cluster.
  node_client(const key_info& keys, std::vector<endpoint> nodes);
  ~node_client();
  node_client(const node_client&) = delete;
  node_client& operator=(const node_client&) = delete;

  std::string node_name() const;

  cluster_status status();
  actor_list actors();
  event_list events(const event_query& which);
  request_list requests();
  log_list log(const log_query& which);
  /// Goes on to the next node as `infer` does.
  model_description describe(const std::string& model);
  plan make_plan(const plan_query& query);
  /// That node's speed with a model, which it fetches and measures first if need be.
  capacity_report prepare(const prepare_request& request);
  /// Goes on to another node when this one is stopping, and to the next of the given ones when this
  /// one is lost; and stays there. Throws `node_is_busy` when the node has too much to do.
  infer_reply infer(const infer_request& request);
  /// The same for somebody who may go away: looks every `glance` whether they have, and then has
  /// the node forget the request and throws `request_was_abandoned`.
  infer_reply infer(const std::shared_ptr<const infer_request>& request,
                    const std::function<bool()>& is_abandoned, std::chrono::milliseconds glance);
  /// What that node works by as a host.
  live_report live();
  /// Has the plans of this model made anew by which that node works as a host.
  replan_report replan(const std::string& model);
  /// Begins or reads a trace of its actors' messages.
  tap_report tap(const tap_query& query);
  /// Sends a message to one of its actors, or asks which there are.
  hand_reply send_by_hand(const hand_message& what);
  /// What that node did for a request, and when by its clock; and what that says now.
  run_trace trace(const trace_query& query);
  double read_clock();
  /// Has that node and its links measured anew.
  probe_report probe();
  /// Has that node examined, and its peers look at the routes to it. Takes seconds.
  examination examine();
  /// Changes that node; answers a sentence without its full stop.
  std::string change(const runtime_override& what);

 private:
  class connection;
  using connection_ptr = std::shared_ptr<connection>;

  // With the mutex held.
  void connect(const endpoint& node);
  void connect_to_any(std::size_t first);

  connection_ptr here();
  /// Another connection by `make`, unless another thread has made one instead of `old` already.
  template <class Make>
  void replace(const connection_ptr& old, const Make& make);
  /// For questions that any node answers alike.
  template <class Question>
  auto ask_anybody(const Question& question);

  const key_info keys_;
  const std::vector<endpoint> nodes_;
  mutable std::mutex mutex_;  ///< of what follows
  std::size_t current_ = 0;   ///< which of them we talk to, or talked to last
  std::string node_name_;
  connection_ptr connection_;
};

}  // namespace bramble
