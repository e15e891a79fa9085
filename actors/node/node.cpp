#include "actors/node/node.hpp"

#include <algorithm>
#include <limits>

#include "actors/client/basp_port.hpp"
#include "actors/client/system.hpp"
#include "actors/execution/run_recorder.hpp"
#include "actors/internal/ask_all.hpp"
#include "config/base/wall_clock.hpp"
#include "config/defaults.hpp"
#include "config/defaults_operating.hpp"

namespace bramble {
namespace {

using node_pointer = node_actor::stateful_pointer<node_state>;
using stop_now_atom = caf::atom_constant<caf::atom("stopnow")>;

/// Asks one of our actors and passes its answer on.
template <class Reply, class Handle, class... Args>
caf::typed_response_promise<Reply> ask(node_pointer self, const Handle& whom, Args&&... args) {
  auto promise = self->make_response_promise<Reply>();
  self->request(whom, caf::infinite, std::forward<Args>(args)...)
      .then([=](Reply& reply) mutable { promise.deliver(std::move(reply)); },
            [=](caf::error& e) mutable { promise.deliver(std::move(e)); });
  return promise;
}

model_description describe(const opened_model& model, const std::string& name) {
  const auto& m = model.content;
  model_description out;
  out.identity = model.identity;
  out.name = name;
  out.inputs = input_forms(m);
  out.outputs = output_forms(m);
  out.mean = m.mean;
  out.deviation = m.deviation;
  out.macs = total_macs(m.model);
  out.remark = m.remark;
  out.labels = m.labels;
  out.means = m.means;
  return out;
}

caf::typed_response_promise<model_description> describe(node_pointer self,
                                                        const std::string& name) {
  auto promise = self->make_response_promise<model_description>();
  self->state.models.find(
      self, name,
      [=](const opened_model_ptr& found) mutable { promise.deliver(describe(*found, name)); },
      [=](caf::error e) mutable {
        // Who hears nothing for longer takes this node for lost.
        const bool late = e == caf::sec::request_timeout;
        promise.deliver(late ? not_yet("The model " + name + " is still on its way here.")
                             : std::move(e));
      },
      caf::duration{defaults::describe_patience});
  return promise;
}

/// What was counted, and what each says of itself.
caf::typed_response_promise<actor_list> list_actors(node_pointer self) {
  const auto& parts = self->state.parts;
  auto promise = self->make_response_promise<actor_list>();
  const auto list = std::make_shared<actor_list>();
  list->node = self->state.me.name;
  // Before they are asked: the question is no part of what they do.
  if (parts.board) list->actors = parts.board->report(self->clock().now());
  const auto info_of = [list](const std::string& name) -> actor_info& {
    const auto found = std::ranges::find_if(list->actors, [&](const actor_info& each) {
      return each.name == name && each.ended.empty();
    });
    return found != list->actors.end() ? *found : list->actors.emplace_back(actor_info{name});
  };
  for (const auto& [name, whom] : parts.all) info_of(name).detail = "busy";
  ask_all<std::string>(
      self, parts.all, defaults::detail_timeout,
      {[=](const std::string& name, const std::string& detail) { info_of(name).detail = detail; },
       [](const auto&, const caf::error&) {}, [=]() mutable { promise.deliver(*list); }},
      detail_atom::value);
  return promise;
}

/// The requester's plans, and how the shelf takes requests where this node says that.
caf::result<live_report> report_live(node_pointer self) {
  auto promise = self->make_response_promise<live_report>();
  const auto fail = [promise](caf::error& e) mutable { promise.deliver(std::move(e)); };
  self->request(self->state.parts.requester, defaults::detail_timeout, live_atom_v)
      .then(
          [=](const live_report& found) {
            self->request(self->state.parts.coordinator, defaults::detail_timeout, load_atom::value)
                .then(
                    [=](std::vector<load_way>& ways) mutable {
                      auto out = found;
                      out.ways = std::move(ways);
                      promise.deliver(std::move(out));
                    },
                    fail);
          },
          fail);
  return promise;
}

/// Gives a request up that this node hosts.
caf::typed_response_promise<std::string> cancel(node_pointer self, const std::string& number) {
  auto promise = self->make_response_promise<std::string>();
  std::uint64_t id = 0;
  try {
    id = static_cast<std::uint64_t>(parse_integer(
        number, 1, std::numeric_limits<std::int64_t>::max(), "The number of a request"));
  } catch (const user_error& e) {
    promise.deliver(failure(e.what()));
    return promise;
  }
  const auto none = "There is no request " + number + " on " + self->state.me.name +
                    "; `requests` lists those that there are.";
  self->request(self->state.parts.requester, defaults::detail_timeout, abort_atom_v, id)
      .then(
          [=](bool was_open) mutable {
            was_open ? promise.deliver("request " + number + " is cancelled")
                     : promise.deliver(failure(none));
          },
          [=](caf::error& e) mutable { promise.deliver(std::move(e)); });
  return promise;
}

/// Ends this node, once the answer is on its way.
caf::result<std::string> stop(node_pointer self) {
  const auto& parts = self->state.parts;
  const auto& me = self->state.me.name;
  if (!parts.stop) return failure(me + " cannot be stopped from elsewhere.");
  if (parts.events) parts.events->note("change", me, me + " is stopped by hand");
  self->system().spawn([stop = parts.stop](caf::event_based_actor* helper) -> caf::behavior {
    helper->delayed_send(helper, defaults::stop_after, stop_now_atom::value);
    return {[=](stop_now_atom) {
      stop();
      helper->quit();
    }};
  });
  return me + " ends: what runs on it is finished or handed over first";
}

caf::result<std::string> restart(node_pointer self, const std::string& name) {
  const auto& parts = self->state.parts;
  const auto& me = self->state.me.name;
  const auto why = parts.restart ? parts.restart(name) : "No actor can be begun anew here.";
  if (!why.empty()) return failure(why);
  const auto effect = name + " of " + me + " is begun anew";
  if (parts.events) parts.events->note("change", me, effect + ", by hand");
  return effect;
}

/// What of these is the face's own matter, and what the cluster's.
caf::result<std::string> change(node_pointer self, const runtime_override& what) {
  switch (what.kind) {
    case runtime_override::kind_t::cancel:
      return cancel(self, what.text);
    case runtime_override::kind_t::stop:
      return stop(self);
    case runtime_override::kind_t::restart:
      return restart(self, what.text);
    default:
      return ask<std::string>(self, self->state.parts.cluster, change_atom_v, what);
  }
}

caf::result<tap_report> tap(node_pointer self, const tap_query& query) {
  const auto& board = self->state.parts.board;
  if (!board) return failure("Messages are not counted here.");
  const auto unix_ms = static_cast<double>(milliseconds_since_1970());
  try {
    auto out = board->read_tap(query, self->clock().now(), unix_ms);
    out.node = self->state.me.name;
    return out;
  } catch (const user_error& e) {
    return failure(e.what());
  }
}

/// Refuses a sender that says it is somebody else than its certificate does.
void check_name(node_pointer self, const caf::node_id& of, const std::string& claimed) {
  if (!is_certified(self->system(), of, claimed))
    throw user_error("This says that it comes from " + claimed +
                     ", but its certificate is not of that name.");
}

/// The process of whoever sent the message at hand.
caf::node_id node_of_sender(node_pointer self) {
  const auto& sender = self->current_sender();
  return sender ? sender->node() : caf::node_id{};
}

}  // namespace

node_actor::behavior_type node(node_actor::stateful_pointer<node_state> self, hello me,
                               node_parts parts) {
  self->state.me = std::move(me);
  self->state.models = model_lookup{parts.models};
  self->state.parts = std::move(parts);
  return {
      [=](hello_atom, const hello& theirs) -> caf::result<hello> {
        try {
          check_hello(self->state.me, theirs);
          check_name(self, node_of_sender(self), theirs.name);
        } catch (const user_error& e) {
          return failure(e.what());
        }
        return self->state.me;
      },
      [=](introduce_atom, const introduction& peer,
          const caf::strong_actor_ptr& handle) -> caf::result<hello> {
        try {
          check_hello(self->state.me, peer.who);
          if (!handle) throw user_error("An introduction came without a handle.");
          check_name(self, handle->node(), peer.who.name);
        } catch (const user_error& e) {
          return failure(e.what());
        }
        return ask<hello>(self, self->state.parts.cluster,
                          link_offer{peer, caf::actor_cast<node_actor>(handle)});
      },
      [=](gossip_atom, const gossip& news) -> caf::result<gossip> {
        if (!is_certified(self->system(), node_of_sender(self), news.sender.name))
          return failure("Gossip of " + news.sender.name + " came from somebody else.");
        return ask<gossip>(self, self->state.parts.cluster, gossip_atom_v, news);
      },
      [=](status_atom) {
        return ask<cluster_status>(self, self->state.parts.cluster, status_atom_v);
      },
      [=](actors_atom) { return list_actors(self); },
      [=](describe_atom, const std::string& name) { return describe(self, name); },
      [=](plan_atom, const plan_query& query) {
        // Clients name a model; hosts, who ask for themselves, its identity.
        const auto& parts = self->state.parts;
        const auto whom =
            query.identity.empty() ? plan_giver{parts.requester} : plan_giver{parts.coordinator};
        return ask<plan>(self, whom, plan_atom_v, query);
      },
      [=](infer_atom, infer_request& request) {
        // With its handle, so that a client that goes away takes its request along.
        return ask<infer_reply>(self, self->state.parts.chunks, infer_atom_v, std::move(request),
                                caf::strong_actor_ptr{self->current_sender()});
      },
      [=](part_atom, tensor_part& part) {
        return ask<std::uint64_t>(self, self->state.parts.chunks, part_atom_v, std::move(part),
                                  caf::strong_actor_ptr{self->current_sender()});
      },
      [=](output_atom, std::uint64_t offset) {
        return ask<tensor_part>(self, self->state.parts.chunks, output_atom_v, offset,
                                caf::strong_actor_ptr{self->current_sender()});
      },
      [=](events_atom, const event_query& which) {
        const auto& events = self->state.parts.events;
        return events ? events->events(which) : event_list{self->state.me.name, {}, 0};
      },
      [=](log_atom, const log_query& which) {
        const auto& log = self->state.parts.log;
        auto out = log ? log->lines(which) : log_list{};
        out.node = self->state.me.name;
        return out;
      },
      [=](requests_atom) {
        return ask<request_list>(self, self->state.parts.requester, requests_atom_v);
      },
      [=](change_atom, const runtime_override& what) { return change(self, what); },
      [=](probe_atom, const std::string& towards) {
        return ask<probe_report>(self, self->state.parts.remeasurer, probe_atom_v, towards);
      },
      [=](reach_atom, const node_names& whom) {
        return ask<node_names>(self, self->state.parts.cluster, reach_atom_v, whom);
      },
      [=](trace_atom, const trace_query& query) {
        return ask<run_trace>(self, self->state.parts.executor, trace_atom_v, query);
      },
      [=](renew_atom, const renewal_request& asked) -> caf::result<renewal> {
        if (!is_certified(self->system(), node_of_sender(self), asked.name))
          return failure("A certificate of " + asked.name + " is renewed for that node only.");
        return ask<renewal>(self, self->state.parts.keyring, renew_atom_v, asked);
      },
      [=](examine_atom, const std::string& towards) {
        return ask<examination>(self, self->state.parts.examiner, examine_atom_v, towards);
      },
      [](clock_atom) {
        return clock_reading{run_recorder::ms_of(std::chrono::steady_clock::now())};
      },
      [=](live_atom) { return report_live(self); },
      [=](replan_atom, const std::string& model) {
        return ask<replan_report>(self, self->state.parts.requester, replan_atom_v, model);
      },
      [=](tap_atom, const tap_query& query) { return tap(self, query); },
      [=](hand_atom, const hand_message& what) -> caf::result<hand_reply> {
        if (!self->state.parts.desk) return failure("Nothing can be sent by hand here.");
        return ask<hand_reply>(self, self->state.parts.desk, hand_atom_v, what);
      },
      [=](prepare_atom, const prepare_request& request) {
        return ask<capacity_report>(self, self->state.parts.model_cache, prepare_atom_v, request);
      },
      [=](install_atom, const plan& p) {
        return ask<std::uint64_t>(self, self->state.parts.executor, install_atom_v, p);
      },
      [=](turn_atom, const turn_query& query) -> caf::result<turn> {
        if (!is_certified(self->system(), node_of_sender(self), query.what.host))
          return failure("A turn for " + query.what.host + " was asked for by somebody else.");
        return ask<turn>(self, self->state.parts.coordinator, turn_atom_v, query);
      },
      [=](turn_end_atom, const turn_end& what) {
        if (!is_certified(self->system(), node_of_sender(self), what.host)) return;
        caf::anon_send(self->state.parts.coordinator, turn_end_atom_v, what);
      },
      [=](abort_atom, std::uint64_t request) {
        caf::anon_send(self->state.parts.executor, abort_atom_v, request);
      },
      [=](failed_atom, const run_failure& what) {
        if (!is_certified(self->system(), node_of_sender(self), what.node)) return;
        caf::anon_send(self->state.parts.requester, failed_atom_v, what);
      },
  };
}

}  // namespace bramble
