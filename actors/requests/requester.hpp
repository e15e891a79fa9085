#pragma once

#include <deque>
#include <map>
#include <set>

#include "actors/internal/actors.hpp"
#include "actors/membership/liveness.hpp"
#include "actors/models/model_lookup.hpp"
#include "actors/requests/plan_log.hpp"
#include "config/base/recent_map.hpp"
#include "config/defaults.hpp"

namespace bramble {

struct requester_config {
  std::string self;
  model_source models;
  branch_executor_actor executor;  ///< this node's
  coordinator_actor coordinator;   ///< this node's, active or not
  std::uint32_t boot = 0;          ///< makes request numbers of two lives of one node differ
};

/// A plan by which requests run, and its name, which takes longer to find than a request should.
/// Immutable, shared.
struct kept_plan {
  plan p;
  std::uint64_t key = 0;
};
using kept_plan_ptr = std::shared_ptr<const kept_plan>;

/// One inference that a client waits for; it may take several attempts.
struct request_job {
  infer_request ask;
  std::string identity;  ///< empty until the model was found
  std::shared_ptr<const std::vector<host_tensor>> inputs;
  caf::typed_response_promise<infer_reply> promise;
  caf::actor_addr client;  ///< its end cancels the request; empty: nobody's
  std::chrono::steady_clock::time_point began;
  std::uint32_t attempts = 0;
  std::set<std::string> suspects;  ///< peers seen to fail during this request
  bool alone = false;              ///< planned by this node for this node, asking nobody
  std::uint32_t planning = 0;      ///< the attempt that waits for its plan; 0: none
  std::uint64_t run = 0;           ///< the attempt under way; 0: none
  std::chrono::steady_clock::time_point run_began;
  kept_plan_ptr current;        ///< of the attempt under way, or of the last; null: there was none
  std::uint64_t late_plan = 0;  ///< key of the plan by which it just took too long; 0: none
  std::string key;              ///< of the plan in `requester_state::plans`
};

using request_job_ptr = std::shared_ptr<request_job>;

using retry_atom = caf::atom_constant<caf::atom("retry")>;
using overdue_atom = caf::atom_constant<caf::atom("overdue")>;
using late_atom = caf::atom_constant<caf::atom("late")>;
using recheck_atom = caf::atom_constant<caf::atom("recheck")>;
using complete_atom = caf::atom_constant<caf::atom("complete")>;
/// With its reminders to itself.
using private_requester = requester_actor::extend<
    // Begin another attempt.
    caf::reacts_to<retry_atom, request_job_ptr>,
    // The plan for attempt number so-and-so should be here.
    caf::reacts_to<overdue_atom, request_job_ptr, std::uint32_t>,
    // The run of this number should be over.
    caf::reacts_to<late_atom, std::uint64_t>,
    // Do silent nodes answer by now?
    caf::reacts_to<recheck_atom>,
    // Is everybody ready by now whom the plan lacks that this reviews? So many looks said no.
    caf::reacts_to<complete_atom, plan_query, std::uint32_t>>;

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
  recent_map<std::string, kept_plan_ptr> plans{defaults::plans_remembered};
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
  std::map<std::uint64_t, request_job_ptr> running;  ///< by run
  std::set<request_job_ptr> open;                    ///< not answered yet
  bool leaving = false;
  std::set<caf::actor_addr> unconfirmed;  ///< clients that may not have their answer yet
  caf::error moved;                       ///< what clients are told once this node leaves
  std::vector<caf::typed_response_promise<bool>> awaiting_idle;
  std::uint32_t next_run = 1;
  std::uint64_t answered = 0;
};

using requester_pointer = private_requester::stateful_pointer<requester_state>;
private_requester::behavior_type requester(requester_pointer self, requester_config config);

}  // namespace bramble

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::request_job_ptr)
