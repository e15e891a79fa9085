#pragma once

#include "actors/local_messages.hpp"

namespace bramble {

using knock_atom = caf::atom_constant<caf::atom("knock")>;

struct dialer_state {
  static inline const char* name = "dialer";
};

/// Answers (dial_atom, host, port) with the node_actor published there, over mutual TLS. Probes the
/// address with its own socket first: CAF connects inside one actor for the whole node, and an
/// address that drops packets would block every other link for two minutes. Blocks: spawn it
/// detached, one per peer. (knock_atom, host, port) -> whether the address can be reached.
caf::behavior dialer(caf::stateful_actor<dialer_state>* self);

}  // namespace bramble
