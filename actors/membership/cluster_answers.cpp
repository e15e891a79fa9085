#include "actors/membership/cluster_answers.hpp"

#include "actors/membership/cluster_places.hpp"
#include "actors/membership/cluster_report.hpp"
#include "actors/membership/liveness.hpp"
#include "config/defaults.hpp"

namespace bramble {

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
  auto& state = self->state;
  state.config.self.state = member::state_t::left;
  ++state.config.self.incarnation;
  state.view.members[state.config.self.name] = state.config.self;
  leave_reply reply;
  if (state.connected.empty()) return reply;
  reply.other = best_place(state, state.view.members.at(*state.connected.begin()));
  auto promise = self->make_response_promise<leave_reply>();
  const auto open = std::make_shared<std::size_t>(state.connected.size());
  auto heard = [=]() mutable {
    if (--*open == 0) promise.deliver(reply);
  };
  // Each hears its own news: what a peer on this machine is told is not for others.
  for (const auto& name : state.connected)
    self->request(state.links.at(name), defaults::leave_timeout, gossip_atom_v,
                  news_for(state, name))
        .then([=](const gossip&) mutable { heard(); }, [=](caf::error&) mutable { heard(); });
  return promise;
}

caf::result<node_names> reach(cluster_pointer self, const node_names& whom) {
  const auto& state = self->state;
  std::map<std::string, peer_link_actor> links;
  std::set<std::string> unlinked;
  for (const auto& name : whom.names)
    if (state.connected.count(name) != 0)
      links.emplace(name, state.links.at(name));
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
  else if (state.connected.count(what.host) != 0)
    self->send(state.links.at(what.host), failed_atom_v, what);
}

}  // namespace bramble
