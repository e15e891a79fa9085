#pragma once

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <chrono>

#include "actors/protocol/messages.hpp"
#include "actors/transport/front/identity.hpp"
#include "config/keys.hpp"

namespace bramble {

/// CAF set up the one way Bramble uses it: heartbeats on, the sharing scheduler, no automatic
/// connections, and no sockets of its own: it neither listens nor dials, connections come from a
/// front (actors/front) that has the same identity. Outlives the system made of it.
class system_config : public caf::actor_system_config {
 public:
  explicit system_config(const process_identity& own);

  const process_identity identity;
};

/// What this process says of itself on every link.
hello make_hello(const key_info& keys);

/// Refuses a peer of another protocol or cluster; the sentence says which of the two.
void check_hello(const hello& mine, const hello& theirs);

}  // namespace bramble
