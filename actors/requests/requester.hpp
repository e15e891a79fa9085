#pragma once

#include <deque>
#include <map>
#include <set>

#include "actors/internal/local_messages.hpp"
#include "actors/membership/liveness.hpp"
#include "actors/models/model_lookup.hpp"
#include "actors/requests/plan_log.hpp"
#include "config/base/recent_map.hpp"
#include "config/defaults.hpp"

namespace bramble {

struct requester_config {
  std::string self;
  model_source models;
  caf::actor executor;     ///< this node's branch_executor
  caf::actor coordinator;  ///< this node's coordinator, active or not
  std::uint32_t boot = 0;  ///< makes request numbers of two lives of one node differ
};

/// One inference that a client waits for; it may take several attempts.
struct request_job {
  infer_request ask;
  std::string identity;  ///< empty until the model was found
  std::shared_ptr<const std::vector<host_tensor>> inputs;
  caf::response_promise promise;
  caf::actor_addr client;  ///< its end cancels the request; empty: nobody's
  std::chrono::steady_clock::time_point began;
  std::uint32_t attempts = 0;
  std::set<std::string> suspects;  ///< peers seen to fail during this request
  bool alone = false;              ///< planned by this node for this node, asking nobody
  std::uint32_t planning = 0;      ///< the attempt that waits for its plan; 0: none
  std::uint64_t run = 0;           ///< the attempt under way; 0: none
  std::chrono::steady_clock::time_point run_began;
  plan current;
  std::uint64_t late_plan = 0;  ///< key of the plan by which it just took too long; 0: none
  std::string key;              ///< of the plan in `requester_state::plans`
};

/// Host side of requests: gets a plan, starts the run, and starts it again on another plan when a
/// node fails under it. A run that is late has its nodes asked for a sign of life: one that gives
/// none is avoided until it does, and so is one of two that do not reach each other, while a slow
/// one is waited for. A request is a pure function, so
/// a second attempt is always right; its caller sees one answer. No request fails that this node
/// could answer with nothing but itself: the last attempt does, and so does one whose plan is not
/// made within `defaults::plan_patience`.
struct requester_state {
  static inline const char* name = "requester";
  requester_config config;
  directory_ptr peers;
  /// By model identity, method and wire; until members change, or a review finds a better one.
  recent_map<std::string, plan> plans{defaults::plans_remembered};
  recent_map<std::string, std::chrono::steady_clock::time_point> reviewed{
      defaults::plans_remembered};  ///< as `plans`
  plan_log log;                     ///< as `plans`
  std::map<std::string, std::size_t>
      asked;                      ///< by key: plans that were asked for and did not come yet
  std::set<std::string> overdue;  ///< keys whose plan let a request wait for too long
  std::set<std::string> silent;   ///< connected peers that did not answer when last asked
  std::set<cut_pair> cut;         ///< connected peers that did not reach each other, likewise
  bool rechecks = false;          ///< a message says when to ask those again
  model_lookup models;
  std::map<std::uint64_t, std::shared_ptr<request_job>> running;  ///< by run
  std::set<std::shared_ptr<request_job>> open;                    ///< not answered yet
  bool leaving = false;
  std::set<caf::actor_addr> unconfirmed;  ///< clients that may not have their answer yet
  caf::error moved;                       ///< what clients are told once this node leaves
  std::vector<caf::response_promise> awaiting_idle;
  std::uint32_t next_run = 1;
  std::uint64_t answered = 0;
};

/// Messages: (infer_atom, infer_request) -> infer_reply, the same with the client's handle: when
/// the client ends, so does its request; (plan_atom, plan_query) -> plan; (live_atom)
/// -> live_report; (failed_atom, run_failure); directory_ptr; (draining_atom) -> true, which begins
/// no attempt from now on, and (send_on_atom, leave_reply), which sends those requests elsewhere;
/// (idle_atom) -> true as soon as nobody waits, after that known from each client's end;
/// (hand_over_atom), which sends those that still wait elsewhere; (detail_atom) -> text.
caf::behavior requester(caf::stateful_actor<requester_state>* self, requester_config config);

}  // namespace bramble

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<bramble::request_job>)
