#pragma once

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <string>

#include "actors/protocol/messages.hpp"
#include "actors/transport/front/identity.hpp"

namespace bramble {

/// Where connections that the front (actors/front) made enter CAF, whose own doors stay shut: it
/// neither listens nor dials. All functions may be called from any thread; `local` is CAF's from
/// then on, and closed with its connection.

/// A peer that dialled us is given `face`.
void hand_over_accepted(caf::actor_system& system, int local, const node_actor& face);

/// CAF's actor for connections. It answers (connect_atom, `scribe_of(local)`, port) with
/// (node_id, strong_actor_ptr, set of strings): the peer's face, which is empty where there is
/// none. The port says nothing.
caf::actor connection_broker(caf::actor_system& system);
caf::io::scribe_ptr scribe_of(caf::actor_system& system, int local);

/// CAF runs under this identity, and no other; `user_error` else. The front refuses a process whose
/// id does not follow from its certificate.
void check_identity(const caf::actor_system& system, const process_identity& identity);

/// Whether an actor lives in a process that showed a certificate of `name`. Actors of this process
/// need none.
bool is_certified(const caf::actor_system& system, const caf::node_id& of, const std::string& name);

}  // namespace bramble
