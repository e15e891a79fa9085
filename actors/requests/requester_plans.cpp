#include "actors/requests/requester_plans.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "actors/membership/liveness.hpp"
#include "balancer/policy/plan_cause.hpp"
#include "config/defaults.hpp"

namespace bramble {
namespace {

using cause_t = plan_cause::kind_t;

/// The active coordinator, unless that is our own, or one out of reach, or none of its business.
std::map<std::string, peer_link_actor> remote_coordinator(const requester_state& state,
                                                          const plan_query& query,
                                                          const std::set<std::string>& suspects) {
  if (query.method == "one" || !state.peers || suspects.count(state.peers->coordinator) != 0)
    return {};
  return links_to(state, {state.peers->coordinator});
}

/// Gives up the plans that `which` says, for this reason.
template <class Which>
void retire_plans(requester_pointer self, const std::string& why, const Which& which) {
  auto& state = self->state;
  std::vector<std::string> retired;
  for (const auto& [key, kept] : state.plans)
    if (which(*kept)) retired.push_back(key);
  for (const auto& key : retired) {
    state.log.retire(key, why, self->clock().now());
    state.plans.erase(key);
  }
}

void retire_all_plans(requester_pointer self, const std::string& why) {
  retire_plans(self, why, [](const kept_plan&) { return true; });
}

/// How `now` differs from `before`.
std::vector<plan_cause> difference(const directory& before, const directory& now) {
  std::vector<plan_cause> out;
  auto tell = [&](cause_t kind, const std::string& name) { out.push_back({kind, name, "", 0, 0}); };
  for (const auto& [name, link] : now.links)
    if (before.links.count(name) == 0) tell(cause_t::node_joined, name);
  for (const auto& [name, link] : before.links)
    if (now.links.count(name) == 0) tell(cause_t::node_left, name);
  for (const auto& name : now.drained)
    if (before.drained.count(name) == 0) tell(cause_t::node_drained, name);
  for (const auto& name : before.drained)
    if (now.drained.count(name) == 0) tell(cause_t::node_resumed, name);
  return out;
}

std::vector<std::string> ends_of(const std::set<cut_pair>& cut) {
  std::vector<std::string> out;
  for (const auto& [one, other] : cut) {
    out.push_back(one);
    out.push_back(other);
  }
  return out;
}

void recheck_later(requester_pointer self) {
  auto& state = self->state;
  if (state.rechecks || (state.silent.empty() && state.cut.empty())) return;
  state.rechecks = true;
  self->delayed_send(self, defaults::liveness_interval, recheck_atom::value);
}

/// Whom plans go without.
std::set<std::string> avoided(const requester_state& state) {
  auto out = ends_to_avoid(state.cut);
  out.insert(state.silent.begin(), state.silent.end());
  return out;
}

bool somebody_came(const directory& before, const directory& now) {
  return std::any_of(now.links.begin(), now.links.end(),
                     [&](const auto& each) { return before.links.count(each.first) == 0; });
}

/// A plan that lacks somebody who is here is not kept for longer than it must be.
void complete_later(requester_pointer self, plan_query query, std::uint64_t plan_key,
                    std::uint32_t looks) {
  query.reviews = plan_key;
  self->delayed_send(self, defaults::completion_interval * (1U << looks), complete_atom::value,
                     std::move(query), looks);
}

/// The plan by which requests run from now on, and why it is another one.
void adopt(requester_pointer self, const plan_query& query, const kept_plan_ptr& found,
           const std::string& why) {
  const auto key = cache_key(query);
  self->state.plans[key] = found;
  self->state.log.adopt(key, found->p, why, self->clock().now());
  if (found->p.provisional) complete_later(self, query, found->key, 0);
}

void ask_for_plan(requester_pointer self, const plan_giver& coordinator, const plan_query& query,
                  const plan_reader& reader) {
  const auto key = cache_key(query);
  ++self->state.asked[key];
  const auto came = [=] {
    auto& asked = self->state.asked;
    if (--asked.at(key) == 0) asked.erase(key);
  };
  self->request(coordinator, defaults::plan_timeout, plan_atom_v, query)
      .then(
          [=](const plan& p) {
            came();
            self->state.overdue.erase(key);
            const auto kept = std::make_shared<const kept_plan>(kept_plan{p, key_of(p)});
            // Of a plan that was made before, the reason is an old one.
            const bool is_news = query.reviews != 0 && kept->key != query.reviews;
            adopt(self, query, kept, is_news ? p.why : "");
            self->state.reviewed[key] = self->clock().now();
            reader.use(kept);
          },
          [=](caf::error& e) {
            came();
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

/// Asks now for the plans by which requests run: the next ones need not wait for them.
void plan_ahead(requester_pointer self) {
  std::map<std::string, plan_query> queries;
  for (const auto& [run, job] : self->state.running) {
    auto query = query_of(*job);
    queries.emplace(cache_key(query), query);
  }
  for (const auto& [key, query] : queries) plan_for_later(self, query);
}

}  // namespace

std::chrono::milliseconds elapsed(requester_pointer self,
                                  std::chrono::steady_clock::time_point since) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(self->clock().now() - since);
}

std::string cache_key(const plan_query& query) {
  return query.identity + ' ' + query.method + ' ' + std::to_string(static_cast<int>(query.wire));
}

plan_query query_of(const request_job& job) {
  plan_query query;
  query.model = job.ask.model;
  query.identity = job.identity;
  query.method = job.ask.method;
  query.wire = job.ask.wire;
  return query;
}

void plan_once(requester_pointer self, const plan_query& query) {
  if (self->state.asked.count(cache_key(query)) == 0) plan_for_later(self, query);
}

std::map<std::string, peer_link_actor> links_to(const requester_state& state,
                                                const std::vector<std::string>& names) {
  std::map<std::string, peer_link_actor> out;
  if (!state.peers) return out;
  for (const auto& name : names)
    if (const auto link = state.peers->links.find(name); link != state.peers->links.end())
      out.insert(*link);
  return out;
}

void retire_plan(requester_pointer self, std::uint64_t which, const std::string& why) {
  retire_plans(self, why, [&](const kept_plan& kept) { return kept.key == which; });
}

void retire_plans_with(requester_pointer self, const std::string& node, const std::string& why) {
  retire_plans(self, why, [&](const kept_plan& kept) { return takes_part(kept.p, node); });
}

void avoid(requester_pointer self, const std::set<std::string>& silent) {
  auto& state = self->state;
  for (const auto& name : silent)
    retire_plans_with(self, name, describe({{cause_t::node_silent, name, "", 0, 0}}));
  state.silent.insert(silent.begin(), silent.end());
  recheck_later(self);
}

void avoid_cut(requester_pointer self, const std::set<cut_pair>& cut) {
  auto& state = self->state;
  for (const auto& name : ends_to_avoid(cut))
    retire_plans_with(self, name, describe({{cause_t::node_cut_off, name, "", 0, 0}}));
  state.cut.insert(cut.begin(), cut.end());
  recheck_later(self);
}

void recheck_silent(requester_pointer self) {
  auto& state = self->state;
  // Those without a link are the cluster's matter now: it tells when they are back.
  const auto links = links_to(state, {state.silent.begin(), state.silent.end()});
  find_silent(self, links, [=](const std::set<std::string>& silent) {
    auto& now = self->state;
    if (now.silent != silent) retire_all_plans(self, "a node that was silent answers again");
    now.silent = silent;
    find_cut(self, links_to(now, ends_of(now.cut)), [=](const std::set<cut_pair>& cut) {
      auto& later = self->state;
      if (later.cut != cut) retire_all_plans(self, "nodes that were cut off reach each other");
      later.cut = cut;
      later.rechecks = false;
      recheck_later(self);
    });
  });
}

void review_plan(requester_pointer self, plan_query query) {
  auto& state = self->state;
  const auto key = cache_key(query);
  const auto* kept = state.plans.find(key);
  if (!kept) return;
  query.host = state.config.self;
  query.reviews = (*kept)->key;
  const auto without = avoided(state);
  query.suspects.assign(without.begin(), without.end());
  auto& last = state.reviewed[key];
  if (elapsed(self, last) < defaults::review_interval) return;
  last = self->clock().now();
  const auto remote = remote_coordinator(state, query, without);
  const auto whom =
      remote.empty() ? plan_giver{state.config.coordinator} : plan_giver{remote.begin()->second};
  self->request(whom, defaults::plan_timeout, plan_atom_v, query)
      .then(
          [=](const plan& p) {
            auto& now = self->state;
            now.reviewed[key] = self->clock().now();
            auto* current = now.plans.find(key);
            if (!current || (*current)->key != query.reviews) return;
            const auto found = std::make_shared<const kept_plan>(kept_plan{p, key_of(p)});
            // The same plan, perhaps with another prediction, or a better one.
            if (found->key == query.reviews)
              *current = found;
            else
              adopt(self, query, found, p.why);
          },
          [=](caf::error& e) {
            spdlog::debug("the plan of {} was not reviewed: {}", query.model, sentence_of(e));
          });
}

void complete_plan(requester_pointer self, const plan_query& query, std::uint32_t looks) {
  const auto* kept = self->state.plans.find(cache_key(query));
  if (!kept || (*kept)->key != query.reviews) return;
  review_plan(self, query);
  complete_later(self, query, query.reviews, std::min(looks + 1, defaults::completion_doublings));
}

void with_plan(requester_pointer self, plan_query query, std::set<std::string> suspects,
               const plan_reader& reader) {
  auto& state = self->state;
  // Another request may have planned meanwhile, with whom this one came to grief.
  const auto is_used = [&](const kept_plan& kept) {
    return std::any_of(suspects.begin(), suspects.end(),
                       [&](auto& each) { return takes_part(kept.p, each); });
  };
  const auto* kept = state.plans.find(cache_key(query));
  if (kept && !is_used(**kept)) return reader.use(*kept);
  suspects.merge(avoided(state));
  query.host = state.config.self;
  query.suspects.assign(suspects.begin(), suspects.end());
  const auto remote = remote_coordinator(state, query, suspects);
  find_silent(self, remote, [=](const std::set<std::string>& silent) {
    auto ask = query;
    ask.suspects.insert(ask.suspects.end(), silent.begin(), silent.end());
    avoid(self, silent);
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

void use_directory(requester_pointer self, const directory_ptr& peers) {
  auto& state = self->state;
  const auto before = std::exchange(state.peers, peers);
  if (!before || same_members(before, peers)) return;
  retire_all_plans(self, describe(difference(*before, *peers)));
  state.overdue.clear();
  // Another node that coordinates may not know the new member yet.
  if (peers->coordinator == state.config.self && somebody_came(*before, *peers)) plan_ahead(self);
}

}  // namespace bramble
