#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "actors/internal/actors.hpp"

namespace bramble {

struct heartbeat_config {
  node_actor face;
  described_actor cluster;  ///< what it says of itself is the status
  /// Others that never compute and never wait, by name: silence means that they are stuck.
  std::vector<std::pair<std::string, described_actor>> prompt;
  std::chrono::milliseconds interval;
  std::function<void(const std::string& status)> alive;
};

struct heartbeat_state {
  static inline const char* name = "heartbeat";
  heartbeat_config config;
  std::string status;       ///< what the cluster said last
  std::string silent = {};  ///< who did not answer this time; empty: all did
};

using next_beat_atom = caf::atom_constant<caf::atom("nextbeat")>;
/// With its reminder to itself.
using private_heartbeat = described_actor::extend<caf::reacts_to<next_beat_atom>>;

/// Tells whoever watches over this process that it is alive: at once and then every `interval`, but
/// only when the face and all the prompt actors have answered. A process that runs and does nothing
/// is thus found out.
private_heartbeat::behavior_type heartbeat(
    private_heartbeat::stateful_pointer<heartbeat_state> self, heartbeat_config config);

}  // namespace bramble
