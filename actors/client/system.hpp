#pragma once

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <caf/openssl/all.hpp>
#include <chrono>

#include "actors/client/messages.hpp"
#include "config/keys.hpp"

namespace bramble {

/// CAF set up the one way Bramble uses it: mutual TLS from the cluster's keys, heartbeats on, the
/// sharing scheduler, no automatic connections. A system without keys cannot be made: without any
/// certificate CAF would talk TLS with nobody authenticated.
class system_config : public caf::actor_system_config {
 public:
  explicit system_config(const key_info& keys);
};

/// What this process says of itself on every link.
hello make_hello(const key_info& keys);

/// Refuses a peer of another protocol or cluster; the sentence says which of the two.
void check_hello(const hello& mine, const hello& theirs);

}  // namespace bramble
