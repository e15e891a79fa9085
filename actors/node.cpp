#include "actors/node.hpp"

#include "actors/client/system.hpp"
#include "config/defaults.hpp"

namespace bramble {
namespace {

using self_pointer = node_actor::stateful_pointer<node_state>;

/// Asks one of our actors and passes its answer on.
template <class Reply, class... Args>
caf::typed_response_promise<Reply> ask(self_pointer self, const caf::actor& whom,
                                       const Args&... args) {
  auto promise = self->make_response_promise<Reply>();
  self->request(whom, caf::infinite, args...)
      .then([=](Reply& reply) mutable { promise.deliver(std::move(reply)); },
            [=](caf::error& e) mutable { promise.deliver(std::move(e)); });
  return promise;
}

model_description describe(const model_store& store, const std::string& name) {
  model_description out;
  out.identity = store.resolve(name);
  const auto m = store.load(out.identity);
  out.name = name;
  for (auto id : m.model.inputs) out.inputs.push_back(m.model.values[id].shape);
  out.mean = m.mean;
  out.deviation = m.deviation;
  out.macs = total_macs(m.model);
  out.remark = m.remark;
  return out;
}

caf::typed_response_promise<actor_list> list_actors(self_pointer self) {
  auto promise = self->make_response_promise<actor_list>();
  struct collection {
    actor_list list;
    std::size_t open = 0;
  };
  auto all = std::make_shared<collection>();
  all->open = self->state.parts.all.size();
  for (const auto& [name, whom] : self->state.parts.all) {
    const auto place = all->list.actors.size();
    all->list.actors.push_back({name, "busy"});
    auto settle = [=](const std::string& detail) mutable {
      all->list.actors[place].detail = detail;
      if (--all->open == 0) promise.deliver(all->list);
    };
    self->request(whom, defaults::detail_timeout, detail_atom::value)
        .then([=](const std::string& detail) mutable { settle(detail); },
              [=](caf::error&) mutable { settle("busy"); });
  }
  return promise;
}

}  // namespace

node_actor::behavior_type node(node_actor::stateful_pointer<node_state> self, hello me,
                               model_store store, node_parts parts) {
  self->state.me = std::move(me);
  self->state.store = std::move(store);
  self->state.parts = std::move(parts);
  return {
      [=](hello_atom, const hello& theirs) -> caf::result<hello> {
        try {
          check_hello(self->state.me, theirs);
        } catch (const user_error& e) {
          return failure(e.what());
        }
        return self->state.me;
      },
      [=](introduce_atom, const introduction& peer,
          const caf::strong_actor_ptr& handle) -> caf::result<hello> {
        try {
          check_hello(self->state.me, peer.who);
        } catch (const user_error& e) {
          return failure(e.what());
        }
        if (!handle) return failure("An introduction came without a handle.");
        caf::anon_send(self->state.parts.cluster,
                       link_offer{peer, caf::actor_cast<node_actor>(handle)});
        return self->state.me;
      },
      [=](gossip_atom, const gossip& news) {
        return ask<gossip>(self, self->state.parts.cluster, gossip_atom_v, news);
      },
      [=](status_atom) {
        return ask<cluster_status>(self, self->state.parts.cluster, status_atom_v);
      },
      [=](actors_atom) { return list_actors(self); },
      [=](describe_atom, const std::string& name) -> caf::result<model_description> {
        try {
          return describe(self->state.store, name);
        } catch (const std::exception& e) {
          return failure(e.what());
        }
      },
      [=](plan_atom, const plan_query& query) {
        // Clients name a model; hosts, who ask for themselves, its identity.
        const auto& parts = self->state.parts;
        return ask<plan>(self, query.identity.empty() ? parts.requester : parts.coordinator,
                         plan_atom_v, query);
      },
      [=](infer_atom, const infer_request& request) {
        // With its handle, so that a client that goes away takes its request along.
        return ask<infer_reply>(self, self->state.parts.desk, infer_atom_v, request,
                                caf::strong_actor_ptr{self->current_sender()});
      },
      [=](part_atom, const tensor_part& part) {
        return ask<std::uint64_t>(self, self->state.parts.desk, part_atom_v, part,
                                  caf::strong_actor_ptr{self->current_sender()});
      },
      [=](part_atom, std::uint64_t offset) {
        return ask<tensor_part>(self, self->state.parts.desk, part_atom_v, offset,
                                caf::strong_actor_ptr{self->current_sender()});
      },
      [=](change_atom, const live_change& what) {
        return ask<std::string>(self, self->state.parts.cluster, change_atom_v, what);
      },
      [=](reach_atom, const node_names& whom) {
        return ask<node_names>(self, self->state.parts.cluster, reach_atom_v, whom);
      },
      [=](live_atom) { return ask<live_report>(self, self->state.parts.requester, live_atom_v); },
      [=](prepare_atom, const prepare_request& request) {
        return ask<capacity_report>(self, self->state.parts.keeper, prepare_atom_v, request);
      },
      [=](install_atom, const plan& p) {
        return ask<std::uint64_t>(self, self->state.parts.executor, install_atom_v, p);
      },
      [=](abort_atom, std::uint64_t request) {
        caf::anon_send(self->state.parts.executor, abort_atom_v, request);
      },
      [=](failed_atom, const run_failure& what) {
        caf::anon_send(self->state.parts.requester, failed_atom_v, what);
      },
  };
}

}  // namespace bramble
