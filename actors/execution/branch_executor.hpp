#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>

#include "actors/execution/pacer.hpp"
#include "actors/execution/reference_piece.hpp"
#include "actors/internal/actors.hpp"
#include "model/runtime/device_model.hpp"
#include "model/runtime/loaded_plan.hpp"
#include "model/runtime/node_run.hpp"
#include "model/store/store.hpp"

namespace bramble {

struct branch_executor_config {
  std::string self;  ///< this node's name
  model_store store;
  runtime_options runtime;
  tensor_transport* plane = nullptr;  ///< outlives the actor
  capacity_meter_actor meter;         ///< hears what pieces took
};

/// A plan made ready on this node.
struct installed_plan {
  std::uint64_t key = 0;
  plan p;
  std::shared_ptr<const loaded_plan> loaded;  ///< null: made again when a request wants it
  double slowdown = 1;
};

/// One request this node works on.
struct active_run {
  std::uint64_t id = 0;
  std::shared_ptr<const installed_plan> installed;
  std::unique_ptr<node_run> work;
  std::optional<caf::typed_response_promise<run_result>> promise;  ///< on the host
  std::chrono::steady_clock::time_point began;
  std::vector<piece_time> times;  ///< of the pieces run so far
  /// Since when it could have gone on, had other requests not been before it; and how long it could
  /// have in all.
  std::optional<std::chrono::steady_clock::time_point> waits_from;
  double waited_ms = 0;
};

using rest_atom = caf::atom_constant<caf::atom("rest")>;
using expire_atom = caf::atom_constant<caf::atom("expire")>;
/// With what it tells itself.
using private_branch_executor = branch_executor_actor::extend<
    // Run the next piece.
    caf::reacts_to<work_atom>,
    // Give back what is not needed, if no piece was done since there were so many.
    caf::reacts_to<rest_atom, std::uint64_t>,
    // The run of this request should long be over.
    caf::reacts_to<expire_atom, std::uint64_t>>;

/// Runs the pieces of every request on this node, one at a time, and sends what they made to the
/// executors that need it. A detached actor: computing blocks its thread. Between two pieces it
/// reads its mailbox, so a request is cancelled within one piece.
struct branch_executor_state {
  static inline const char* name = "branch_executor";
  branch_executor_config config;
  failure_listener owner;
  std::map<std::string, std::shared_ptr<device_model>> models;           ///< by identity
  std::map<std::string, double> slowdowns;                               ///< by identity
  std::map<std::uint64_t, std::shared_ptr<const installed_plan>> plans;  ///< by key
  std::deque<std::uint64_t> plan_order;                                  ///< oldest first
  std::deque<active_run> runs;                                           ///< oldest first
  std::deque<std::uint64_t> ended;  ///< requests that may not revive
  pacer pace;
  std::unique_ptr<reference_piece> yard;  ///< made when it is first wanted
  double pace_factor = 1;                 ///< share of the speed that is left, by hand
  bool working = false;                   ///< a work_atom is in the mailbox
  bool rest_is_due = false;  ///< a message says when to look whether anything still runs
  std::vector<caf::typed_response_promise<bool>> awaiting_idle;
  std::uint64_t pieces_done = 0;
};

private_branch_executor::behavior_type branch_executor(
    private_branch_executor::stateful_pointer<branch_executor_state> self,
    branch_executor_config config);

}  // namespace bramble
