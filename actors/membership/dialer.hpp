#pragma once

#include "actors/internal/local_messages.hpp"
#include "actors/transport/front/front.hpp"
#include "discovery/probe.hpp"

namespace bramble {

using knock_atom = caf::atom_constant<caf::atom("knock")>;
using seek_atom = caf::atom_constant<caf::atom("seek")>;

/// Where to look for one node, likeliest first.
struct places {
  std::vector<std::string> hosts;
  std::uint16_t port = 0;
};

struct dialer_state {
  static inline const char* name = "dialer";
};

/// Answers (dial_atom, host, port) with the node_actor published there, over mutual TLS by way of
/// `door`, which outlives the actor. (seek_atom, places) -> reached_place goes first, which finds
/// the address that answers, with several packets: the kernel repeats one that was lost only after
/// a second. Blocks: spawn it detached, one per peer. (knock_atom, places) -> whether any can be
/// reached.
caf::behavior dialer(caf::stateful_actor<dialer_state>* self, front* door);

/// "10.0.0.1 port 7741", "10.0.0.1, fd00::1 port 7741".
std::string describe(const places& where);

}  // namespace bramble

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::places)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::reached_place)
