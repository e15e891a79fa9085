#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "actors/internal/actors.hpp"
#include "actors/models/model_lookup.hpp"
#include "actors/observing/core/actor_board.hpp"
#include "actors/observing/core/journal.hpp"
#include "actors/observing/log_ring.hpp"

namespace bramble {

/// The actors of a node behind its face.
struct node_parts {
  cluster_actor cluster;
  coordinator_actor coordinator;
  requester_actor requester;
  chunk_buffer_actor chunks;
  branch_executor_actor executor;
  model_cache_actor model_cache;
  remeasurer_actor remeasurer;
  keyring_actor keyring;
  examiner_actor examiner = {};
  operator_desk_actor desk = {};                             ///< may be none
  std::vector<std::pair<std::string, described_actor>> all;  ///< by name, for `actors`
  model_source models = {};
  actor_board_ptr board = {};            ///< null: nothing is counted
  std::shared_ptr<journal> events = {};  ///< null: nothing is noted
  std::shared_ptr<log_ring> log = {};    ///< null: nothing is kept of it
  std::function<void()> stop = {};       ///< begins to end the process; empty: nobody may
  /// Begins this actor anew; a sentence that says why not, or empty. Empty: none may.
  std::function<std::string(const std::string& name)> restart = {};
};

struct node_state {
  static inline const char* name = "node";
  hello me;
  node_parts parts;
  model_lookup models;  ///< of clients that ask what a model takes
};

/// The face of a node: the one published actor, and the only one peers and clients ever see. It
/// hands every message to the actor whose work it is, and waits for nothing. Detached actors are
/// asked by request: a handle of theirs that left the node would keep the process from ending.
node_actor::behavior_type node(node_actor::stateful_pointer<node_state> self, hello me,
                               node_parts parts);

}  // namespace bramble
