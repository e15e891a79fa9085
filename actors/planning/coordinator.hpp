#pragma once

#include <map>
#include <optional>
#include <vector>

#include "actors/internal/actors.hpp"
#include "actors/planning/core/planning_book.hpp"
#include "actors/planning/core/turn_book.hpp"

namespace bramble {

struct coordinator_config {
  std::string self;
  model_preparer model_cache;  ///< of this node, as the next
  plan_installer executor;
  planner_actor planner;
  planner_actor surveyor;  ///< another one, for what nobody waits for
  event_teller tell = {};  ///< of reviews and of other ways
};

/// Makes the plans of the cluster, and says whose turn it is. Every node has one; the one of the
/// first member by name is asked. What is done when is decided by its planning_book and turn_book;
/// it asks and tells others. It reads no disk: the host has the model and sends the manifest along
/// with its report, so that models can be planned that cannot be fetched here.
struct coordinator_state {
  static inline const char* name = "coordinator";
  coordinator_config config;
  directory_ptr peers;
  std::optional<planning_book> book;  ///< always, once there is a configuration
  std::map<round_id, std::vector<caf::typed_response_promise<plan>>> waiting;  ///< of each round
  turn_book turns;
  std::map<std::pair<std::string, std::uint64_t>, caf::typed_response_promise<turn>>
      turns_waiting;  ///< by host and its number
};

coordinator_actor::behavior_type coordinator(
    coordinator_actor::stateful_pointer<coordinator_state> self, coordinator_config config);

struct planner_state {
  static inline const char* name = "planner";
};

/// Thinks for the coordinator, detached, so that it stays responsive; as long as `effort` says (see
/// plan_request).
planner_actor::behavior_type planner(planner_actor::stateful_pointer<planner_state> self,
                                     double effort);

}  // namespace bramble
