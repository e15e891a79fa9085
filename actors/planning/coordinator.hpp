#pragma once

#include <map>
#include <optional>
#include <vector>

#include "actors/internal/actors.hpp"
#include "actors/planning/core/planning_book.hpp"

namespace bramble {

struct coordinator_config {
  std::string self;
  model_preparer model_cache;  ///< of this node, as the next
  plan_installer executor;
  planner_actor planner;
};

/// Makes the plans of the cluster. Every node has one; the one of the first member by name is
/// asked. What is done when is decided by its planning_book; it asks and tells others. It reads no
/// disk: the host has the model and sends the manifest along with its report, so that models can be
/// planned that cannot be fetched here.
struct coordinator_state {
  static inline const char* name = "coordinator";
  coordinator_config config;
  directory_ptr peers;
  std::optional<planning_book> book;  ///< always, once there is a configuration
  std::map<round_id, std::vector<caf::typed_response_promise<plan>>> waiting;  ///< of each round
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
