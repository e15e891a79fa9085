#include "actors/requests/requester_plans.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "actors/internal/ask_all.hpp"
#include "actors/membership/liveness.hpp"
#include "config/defaults.hpp"
#include "config/defaults_balancer.hpp"
#include "config/defaults_operating.hpp"

namespace bramble {
namespace {

/// The active coordinator, unless that is our own, or one out of reach, or none of its business.
std::map<std::string, peer_link_actor> remote_coordinator(const requester_state& state,
                                                          const plan_query& query,
                                                          const std::set<std::string>& suspects) {
  if (query.method == "one" || !state.peers || suspects.count(state.peers->coordinator) != 0)
    return {};
  return links_to(state.peers, std::set{state.peers->coordinator});
}

void remind(requester_pointer self, const std::optional<completion>& later) {
  if (later) self->delayed_send(self, later->after, complete_atom::value, *later);
}

void ask_for_plan(requester_pointer self, const plan_giver& coordinator, const plan_query& query,
                  const plan_reader& reader) {
  self->state.plans->asking(cache_key(query));
  self->request(coordinator, defaults::plan_timeout, plan_atom_v, query)
      .then(
          [=](const plan& p) {
            const auto arrived = self->state.plans->came(query, p, self->clock().now());
            remind(self, arrived.later);
            reader.use(arrived.kept);
          },
          [=](caf::error& e) {
            self->state.plans->missed(cache_key(query));
            reader.fail(e);
          });
}

void plan_for_later(requester_pointer self, const plan_query& query) {
  with_plan(self, query, {},
            {[](const kept_plan_ptr&) {},
             [name = query.model](const caf::error& e) {
               spdlog::debug("{} was not planned ahead: {}", name, sentence_of(e));
             }});
}

/// A review that does not end is told of, like an actor that is stuck.
std::uint64_t watch_review(const requester_config& config, const plan_query& query,
                           std::chrono::steady_clock::time_point now) {
  if (!config.counters) return 0;
  return config.counters->begin_task("the review of the plan of " + query.model + " does not end",
                                     defaults::review_deadline, now);
}

void unwatch(const requester_config& config, std::uint64_t task) {
  if (config.counters) config.counters->end_task(task);
}

known_members members_of(const directory& peers) {
  known_members out;
  for (const auto& [name, link] : peers.links) out.connected.insert(name);
  out.drained = peers.drained;
  return out;
}

}  // namespace

void recheck_later(requester_pointer self) {
  if (self->state.plans->begin_recheck())
    self->delayed_send(self, defaults::liveness_interval, recheck_atom::value);
}

void recheck_silent(requester_pointer self) {
  const auto& state = self->state;
  // Those without a link are the cluster's matter now: it tells when they are back.
  const auto asked = state.plans->silent();
  const auto links = links_to(state.peers, asked);
  find_silent(self, links, [=](const std::set<std::string>& silent) {
    self->state.plans->recheck_silent(asked, silent, self->clock().now());
    const auto cut = self->state.plans->cut();
    const auto ends = ends_of(cut);
    find_cut(self, links_to(self->state.peers, ends), [=](const std::set<cut_pair>& still) {
      self->state.plans->recheck_cut(cut, still, self->clock().now());
      recheck_later(self);
    });
  });
}

void review_plan(requester_pointer self, const plan_query& query) {
  auto& state = self->state;
  const auto ask = state.plans->review(query, self->clock().now());
  if (!ask) return;
  const auto remote = remote_coordinator(state, *ask, {ask->suspects.begin(), ask->suspects.end()});
  const auto whom =
      remote.empty() ? plan_giver{state.config.coordinator} : plan_giver{remote.begin()->second};
  const auto watched = watch_review(state.config, *ask, self->clock().now());
  self->request(whom, defaults::plan_timeout, plan_atom_v, *ask)
      .then(
          [=](const plan& p) {
            unwatch(self->state.config, watched);
            remind(self, self->state.plans->reviewed(*ask, p, self->clock().now()));
          },
          [=](caf::error& e) {
            unwatch(self->state.config, watched);
            spdlog::debug("the plan of {} was not reviewed: {}", ask->model, sentence_of(e));
          });
}

caf::result<replan_report> replan(requester_pointer self, const std::string& model) {
  auto& state = self->state;
  const auto asks = state.plans->to_replan(model, self->clock().now());
  const auto out = std::make_shared<replan_report>(replan_report{state.config.self, {}});
  if (asks.empty()) return *out;
  tell(state.config.tell, "change", model, "plans of " + model + " are made anew, by hand");
  auto promise = self->make_response_promise<replan_report>();
  const auto open = std::make_shared<open_answers>([=]() mutable { promise.deliver(*out); });
  for (const auto& ask : asks) {
    const auto remote = remote_coordinator(state, ask, {ask.suspects.begin(), ask.suspects.end()});
    const auto whom =
        remote.empty() ? plan_giver{state.config.coordinator} : plan_giver{remote.begin()->second};
    ask_one<plan>(
        self, open, whom, defaults::plan_timeout,
        [=](const plan& p) {
          auto made = self->state.plans->replan_came(ask, p, self->clock().now());
          remind(self, made.later);
          out->plans.push_back(std::move(made.what));
        },
        [=](const caf::error& e) {
          out->plans.push_back(self->state.plans->replan_failed(ask, sentence_of(e)));
        },
        plan_atom_v, ask);
  }
  return promise;
}

void complete_plan(requester_pointer self, const completion& due) {
  const auto next = self->state.plans->next_look(due);
  if (!next) return;
  review_plan(self, due.query);
  remind(self, next);
}

void with_plan(requester_pointer self, plan_query query, std::set<std::string> suspects,
               const plan_reader& reader) {
  auto& state = self->state;
  if (const auto kept = state.plans->find(cache_key(query), suspects)) return reader.use(kept);
  suspects.merge(state.plans->avoided());
  query.host = state.config.self;
  query.suspects.assign(suspects.begin(), suspects.end());
  const auto remote = remote_coordinator(state, query, suspects);
  find_silent(self, remote, [=](const std::set<std::string>& silent) {
    auto ask = query;
    ask.suspects.insert(ask.suspects.end(), silent.begin(), silent.end());
    self->state.plans->avoid(silent, self->clock().now());
    recheck_later(self);
    const auto& own = self->state.config.coordinator;
    if (remote.empty() || !silent.empty()) return ask_for_plan(self, own, ask, reader);
    const auto& [name, link] = *remote.begin();
    ask_for_plan(self, link, ask, {reader.use, [=, who = name](const caf::error& e) {
                                     spdlog::info("{} made no plan of {}: {}", who, ask.model,
                                                  sentence_of(e));
                                     ask_for_plan(self, own, ask, reader);
                                   }});
  });
}

turn_giver turns_of(const requester_state& state) {
  if (state.peers)
    if (auto link = link_to(state.peers, state.peers->coordinator)) return link;
  return state.config.coordinator;
}

void plan_once(requester_pointer self, const plan_query& query) {
  if (!self->state.plans->is_asked(cache_key(query))) plan_for_later(self, query);
}

void use_directory(requester_pointer self, const directory_ptr& peers) {
  auto& state = self->state;
  state.peers = peers;
  const bool came = state.plans->use_members(members_of(*peers), self->clock().now());
  // Another node that coordinates may not know the new member yet.
  if (!came || peers->coordinator != state.config.self) return;
  for (const auto& query : state.book->queries_running()) plan_for_later(self, query);
}

}  // namespace bramble
