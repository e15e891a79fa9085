#pragma once

#include "actors/internal/actors.hpp"
#include "actors/transport/front/front.hpp"

namespace bramble {

struct dialer_state {
  static inline const char* name = "dialer";
};

/// Connects over mutual TLS by way of `door`, which outlives the actor. An address that answers is
/// sought before, with several packets: the kernel repeats one that was lost only after a second.
/// Blocks: spawn it detached, one per peer.
dialer_actor::behavior_type dialer(dialer_actor::stateful_pointer<dialer_state> self, front* door);

/// "10.0.0.1 port 7741", "10.0.0.1, fd00::1 port 7741".
std::string describe(const places& where);

}  // namespace bramble
