#include "actors/membership/cluster_names.hpp"

#include <spdlog/spdlog.h>

#include "actors/membership/cluster_places.hpp"
#include "config/defaults.hpp"

namespace bramble {
namespace {

constexpr const char* remedy =
    "; two machines of one name shut each other out, so give one of them another: `bramble keys "
    "issue "
    "OTHER-NAME` where the cluster was begun";

/// Said here and there, each time with the address of the other one.
caf::error refuse(cluster_pointer self, const link_offer& offer, const std::string& holder) {
  auto& state = self->state;
  const auto& who = offer.peer.who;
  const auto from =
      offer.peer.from.empty() ? place_of(offer.peer.where) : printable(offer.peer.from);
  const absence what{absence::kind_t::refused, who.name, from,
                     "that is the name of " + holder + remedy};
  if (const auto line = state.absent.failed("name " + who.name, what, self->clock().now()))
    spdlog::error("{}", *line);
  return failure(who.name + " is the name of " + holder + ", as " + state.config.self.name +
                 " at " + printable(offer.peer.to) + " says, and of this machine" + remedy);
}

}  // namespace

caf::result<hello> consider(cluster_pointer self, const link_offer& offer,
                            std::function<void(const link_offer&)> take) {
  auto& state = self->state;
  const auto& who = offer.peer.who;
  const auto me = state.config.me;
  if (who.name == me.name) {
    // Ourselves by another address: the side that dialled sees it.
    if (who.instance == me.instance) return me;
    return refuse(self, offer, "the machine at " + to_string(best_place(state, state.config.self)));
  }
  const auto connected = state.instances.find(who.name);
  if (state.connected.count(who.name) == 0 || connected == state.instances.end() ||
      connected->second == who.instance) {
    take(offer);
    return me;
  }
  auto promise = self->make_response_promise<hello>();
  self->request(state.links.at(who.name), 2 * defaults::liveness_timeout, alive_atom::value)
      .then(
          [=](const hello& alive) mutable {
            if (alive.instance == who.instance) {  // it got through in the meantime
              take(offer);
              promise.deliver(me);
              return;
            }
            const auto& members = self->state.view.members;
            const auto holder = members.find(who.name);
            promise.deliver(refuse(
                self, offer,
                holder == members.end()
                    ? std::string{"another machine"}
                    : "the machine at " + to_string(best_place(self->state, holder->second))));
          },
          [=](caf::error&) mutable {
            take(offer);
            promise.deliver(me);
          });
  return promise;
}

std::set<std::string> doubtful_names(const cluster_state& state,
                                     std::chrono::steady_clock::time_point now) {
  auto out = state.names.contested(now);
  for (const auto& [name, instance] : state.instances) {
    const auto known = state.view.members.find(name);
    if (known != state.view.members.end() && state.connected.count(name) != 0 &&
        known->second.instance != instance)
      out.insert(name);
  }
  return out;
}

}  // namespace bramble
