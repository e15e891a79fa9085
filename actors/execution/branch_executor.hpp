#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>

#include "actors/execution/installed_plans.hpp"
#include "actors/execution/pacer.hpp"
#include "actors/execution/run_recorder.hpp"
#include "actors/internal/actors.hpp"
#include "actors/internal/emulation_account.hpp"
#include "balancer/shelf/correction.hpp"

namespace bramble {

struct branch_executor_config {
  std::string self;  ///< this node's name
  std::shared_ptr<compute_engine> engine;
  tensor_transport* plane = nullptr;  ///< outlives the actor
  capacity_meter_actor meter;         ///< hears what pieces took
  /// Never null; how well it emulates a device.
  std::shared_ptr<emulation_account> account = std::make_shared<emulation_account>();
};

/// One request this node works on.
struct active_run {
  std::uint64_t id = 0;
  installed_plan_ptr installed;
  std::unique_ptr<plan_run> work;
  std::optional<caf::typed_response_promise<run_result>> promise;  ///< on the host
  std::chrono::steady_clock::time_point began;
  std::vector<piece_time> times;  ///< of the pieces run so far
  /// Since when it could have gone on, had other requests not been before it; and how long it could
  /// have in all.
  std::optional<std::chrono::steady_clock::time_point> waits_from;
  double waited_ms = 0;
  message_time unpaid;  ///< since its last piece
  run_recorder::recording recording{began};
  std::string about = {};  ///< what its pieces are of, for people
};

using paced_atom = caf::atom_constant<caf::atom("paced")>;
using rest_atom = caf::atom_constant<caf::atom("rest")>;
using expire_atom = caf::atom_constant<caf::atom("expire")>;

/// When a piece is to end that this device has done.
struct piece_end {
  std::chrono::steady_clock::time_point due;
  message_time messages;  ///< of it, what messages took of the emulated device's computing
  bool emulated = false;
};

/// A piece that was computed faster than the device that is emulated would: it is handed on when
/// that would have made it. Immutable, shared.
struct paced_piece {
  std::uint64_t request = 0;
  step_result result;
  std::chrono::steady_clock::time_point began;
  piece_end end;
};
using paced_piece_ptr = std::shared_ptr<const paced_piece>;

/// With what it tells itself.
using private_branch_executor = branch_executor_actor::extend<
    // Run the next piece.
    caf::reacts_to<work_atom>,
    // The emulated device would have made the piece by now.
    caf::reacts_to<paced_atom, paced_piece_ptr>,
    // Give back what is not needed, if no piece was done since there were so many.
    caf::reacts_to<rest_atom, std::uint64_t>,
    // The run of this request should long be over.
    caf::reacts_to<expire_atom, std::uint64_t>>;

/// Runs the pieces of every request on this node, one at a time, and sends what they made to the
/// executors that need it. A detached actor: computing blocks its thread. Between two pieces it
/// reads its mailbox, so a request is cancelled within one piece. Knows no library that computes:
/// that is the engine's matter.
struct branch_executor_state {
  static inline const char* name = "branch_executor";
  branch_executor_config config;
  failure_listener owner;
  std::optional<installed_plans> plans;  ///< always, once there is a configuration
  std::deque<active_run> runs;           ///< oldest first
  std::deque<std::uint64_t> ended;       ///< requests that may not revive
  pacer pace;
  double pace_factor = 1;  ///< share of the speed that is left, by hand
  run_recorder recorder;
  bool working = false;      ///< a work_atom or paced_atom is on its way
  bool rest_is_due = false;  ///< a message says when to look whether anything still runs
  std::vector<caf::typed_response_promise<bool>> awaiting_idle;
  std::uint64_t pieces_done = 0;
};

private_branch_executor::behavior_type branch_executor(
    private_branch_executor::stateful_pointer<branch_executor_state> self,
    branch_executor_config config);

}  // namespace bramble

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::paced_piece_ptr)
