#include "actors/membership/cluster_answers.hpp"

#include "actors/membership/cluster_actions.hpp"
#include "actors/membership/cluster_report.hpp"
#include "actors/membership/liveness.hpp"
#include "config/defaults.hpp"

namespace bramble {

caf::result<hello> answer_offer(cluster_pointer self, const link_offer& offer) {
  auto promise = self->make_response_promise<hello>();
  event_context context;
  context.offer = std::make_shared<open_offer>(open_offer{offer, promise});
  happen(self, member_event::offered{offered_by(offer.peer)}, context);
  return promise;
}

caf::result<cluster_status> answer_status(cluster_pointer self) {
  auto promise = self->make_response_promise<cluster_status>();
  auto status = std::make_shared<cluster_status>(status_of(self->state, self->clock().now()));
  self->request(self->state.config.executor, defaults::gossip_timeout, report_atom::value)
      .then(
          [=](const std::vector<plan_status>& plans) mutable {
            status->plans = plans;
            promise.deliver(*status);
          },
          [=](caf::error&) mutable {
            // The executor computes a long piece: the status is still worth having.
            promise.deliver(*status);
          });
  return promise;
}

caf::result<leave_reply> leave(cluster_pointer self) {
  auto promise = self->make_response_promise<leave_reply>();
  event_context context;
  context.farewell = std::make_shared<caf::typed_response_promise<leave_reply>>(promise);
  happen(self, member_event::leaving{}, context);
  return promise;
}

caf::result<node_names> reach(cluster_pointer self, const node_names& whom) {
  const auto& state = self->state;
  std::map<std::string, peer_link_actor> links;
  std::set<std::string> unlinked;
  for (const auto& name : whom.names)
    if (const auto link = state.book->links().up_to(name))
      links.emplace(name, state.links.at(*link));
    else if (name != state.config.self.name)
      unlinked.insert(name);
  auto promise = self->make_response_promise<node_names>();
  find_silent(self, links, [=](std::set<std::string> out) mutable {
    out.insert(unlinked.begin(), unlinked.end());
    promise.deliver(node_names{{out.begin(), out.end()}});
  });
  return promise;
}

void forward_failure(cluster_pointer self, const run_failure& what) {
  auto& state = self->state;
  if (what.host == state.config.self.name)
    self->send(state.config.requester, failed_atom_v, what);
  else if (const auto link = state.book->links().up_to(what.host))
    self->send(state.links.at(*link), failed_atom_v, what);
}

}  // namespace bramble
