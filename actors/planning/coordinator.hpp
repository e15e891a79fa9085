#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <vector>

#include "actors/internal/actors.hpp"
#include "balancer/policy/policy.hpp"
#include "balancer/search/planner.hpp"
#include "config/base/recent_map.hpp"
#include "config/defaults.hpp"
#include "model/graph/graph.hpp"

namespace bramble {

struct coordinator_config {
  std::string self;
  model_preparer model_cache;  ///< of this node, as the next
  plan_installer executor;
  planner_actor planner;
};

/// One plan on its way: members are asked to get ready, the plan is made, then installed.
struct planning_task {
  plan_query query;
  std::vector<caf::typed_response_promise<plan>> waiting;  ///< equal queries share one task
  std::vector<capacity_report> ready;
  std::map<std::string, std::string> left_out;  ///< member: why
  std::size_t outstanding = 0;
  std::shared_ptr<const graph> model;
  shelf devices;
  plan result;
  /// A review: the plan the host works by, and what it would take on `devices`.
  std::optional<plan> current;
  double current_ms = 0;
  bool only_predict = false;  ///< that is all there is to find out
  bool completes = false;     ///< `current` is provisional, and somebody it lacks is ready by now
  shelf made_for;             ///< the facts behind `current`
  std::string cause;          ///< why `result` would take its place; empty: nothing changed
};

/// Makes the plans of the cluster. Every node has one; the one of the first member by name is
/// asked. Soft state only: a new coordinator needs nothing from the old one, since members measure
/// themselves and plans are named by content. It reads no disk: the host has the model and sends
/// the manifest along with its report, so that models can be planned that cannot be fetched here.
struct coordinator_state {
  static inline const char* name = "coordinator";
  coordinator_config config;
  directory_ptr peers;
  std::uint64_t epoch = 0;
  std::map<std::string, planning_task_ptr> tasks;                   ///< by query
  recent_map<std::string, plan> plans{defaults::plans_remembered};  ///< by query and members
  recent_map<std::string, std::shared_ptr<const graph>> models{
      defaults::graphs_remembered};  ///< by identity
  struct reviewed_plan {
    shelf planned_for;  ///< the facts behind the last plan or candidate
    shelf made_for;     ///< the facts behind the plan that its host works by
    policy_history history;
  };
  recent_map<std::string, reviewed_plan> reviews{defaults::reviews_remembered};  ///< by query
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
