#include "actors/membership/graceful_shutdown.hpp"

#include <spdlog/spdlog.h>

#include "config/defaults.hpp"

namespace bramble {
namespace {

using clock = std::chrono::steady_clock;

/// False when the answer did not come in time.
template <class Answer, class Handle, class... Args>
bool ask(caf::scoped_actor& self, const Handle& whom, clock::time_point deadline, Answer& out,
         const Args&... args) {
  bool answered = false;
  const auto left = std::max(clock::duration::zero(), deadline - clock::now());
  self->request(whom, std::chrono::duration_cast<std::chrono::milliseconds>(left), args...)
      .receive(
          [&](Answer& answer) {
            out = std::move(answer);
            answered = true;
          },
          [](caf::error&) {});
  return answered;
}

}  // namespace

void shut_down_gracefully(caf::actor_system& system, const leaving_actors& actors) {
  caf::scoped_actor self{system};
  leave_reply left;
  bool idle = false;
  // First, or it would plan for a node that the others no longer count on.
  ask(self, actors.requester, clock::now() + defaults::leave_timeout, idle, draining_atom::value);
  // Each peer has that long to answer; the cluster answers a little later.
  ask(self, actors.cluster, clock::now() + 2 * defaults::leave_timeout, left, leave_atom::value);
  self->send(actors.requester, send_on_atom::value, left);
  self->send(actors.chunk_buffer, send_on_atom::value, left);
  const auto deadline = clock::now() + defaults::finish_timeout;
  if (!ask(self, actors.executor, deadline, idle, idle_atom::value))
    spdlog::warn("what runs here takes too long; the other nodes go on without this one");
  if (!ask(self, actors.requester, deadline, idle, idle_atom::value)) {
    self->send(actors.requester, hand_over_atom::value);
    ask(self, actors.requester, clock::now() + defaults::leave_timeout, idle, idle_atom::value);
  }
  if (!ask(self, actors.chunk_buffer, deadline, idle, idle_atom::value))
    spdlog::warn("a client has not fetched all of its outputs; it has to ask again");
}

}  // namespace bramble
