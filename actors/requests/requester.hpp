#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "actors/internal/actors.hpp"
#include "actors/models/model_lookup.hpp"
#include "actors/observing/core/actor_board.hpp"
#include "actors/requests/core/plan_cache.hpp"
#include "actors/requests/core/request_book.hpp"

namespace bramble {

struct requester_config {
  std::string self;
  model_source models;
  branch_executor_actor executor;  ///< this node's
  coordinator_actor coordinator;   ///< this node's, active or not
  std::uint32_t boot = 0;          ///< makes request numbers of two lives of one node differ
  event_teller tell = {};          ///< of plans, and requests that go wrong
  actor_board_ptr counters = {};   ///< hears of reviews that do not end; may be null
};

using retry_atom = caf::atom_constant<caf::atom("retry")>;
using overdue_atom = caf::atom_constant<caf::atom("overdue")>;
using late_atom = caf::atom_constant<caf::atom("late")>;
using recheck_atom = caf::atom_constant<caf::atom("recheck")>;
using complete_atom = caf::atom_constant<caf::atom("complete")>;
/// With its reminders to itself.
using private_requester = requester_actor::extend<
    // Begin another attempt.
    caf::reacts_to<retry_atom, request_id>,
    // The plan for attempt number so-and-so should be here.
    caf::reacts_to<overdue_atom, request_id, std::uint32_t>,
    // The run of this number should be over.
    caf::reacts_to<late_atom, std::uint64_t>,
    // Do silent nodes answer by now?
    caf::reacts_to<recheck_atom>,
    // Is everybody ready by now whom a plan lacks?
    caf::reacts_to<complete_atom, completion>>;

/// Host side of requests: gets a plan, starts the run, and starts it again on another plan when a
/// node fails under it. What is done when is decided by its request_book and plan_cache; it asks
/// and tells others, keeps the time, and knows the clients.
struct requester_state {
  static inline const char* name = "requester";
  requester_config config;
  directory_ptr peers;
  std::optional<plan_cache> plans;  ///< always, once there is a configuration; as the next
  std::optional<request_book> book;
  model_lookup models;
  struct waiting_client {
    caf::typed_response_promise<infer_reply> promise;
    caf::actor_addr client;  ///< its end cancels the request; empty: nobody's
  };
  std::map<request_id, waiting_client> waiting;  ///< of each request that is open
  std::set<caf::actor_addr> unconfirmed;         ///< clients that may not have their answer yet
  caf::error moved;                              ///< what clients are told once this node leaves
  std::vector<caf::typed_response_promise<bool>> awaiting_idle;
};

using requester_pointer = private_requester::stateful_pointer<requester_state>;
private_requester::behavior_type requester(requester_pointer self, requester_config config);

}  // namespace bramble

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::completion)
