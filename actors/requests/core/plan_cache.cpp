#include "actors/requests/core/plan_cache.hpp"

#include <algorithm>
#include <utility>

#include "balancer/policy/plan_cause.hpp"
#include "config/defaults_balancer.hpp"

namespace bramble {
namespace {

using cause_t = plan_cause::kind_t;

/// What a request asks for that leaves the method to the shelf.
constexpr const char* open_method = "bramble";

std::string because(cause_t kind, const std::string& node) {
  return describe({{kind, node, "", 0, 0}});
}

std::vector<plan_cause> difference(const known_members& before, const known_members& now) {
  std::vector<plan_cause> out;
  const auto tell = [&](cause_t kind, const auto& of, const auto& without) {
    for (const auto& name : of)
      if (without.count(name) == 0) out.push_back({kind, name, "", 0, 0});
  };
  tell(cause_t::node_joined, now.connected, before.connected);
  tell(cause_t::node_left, before.connected, now.connected);
  tell(cause_t::node_drained, now.drained, before.drained);
  tell(cause_t::node_resumed, before.drained, now.drained);
  return out;
}

/// A plan that lacks somebody who is here is not kept for longer than it must be.
completion complete_later(plan_query query, std::uint64_t plan_key, std::uint32_t looks) {
  query.reviews = plan_key;
  return {std::move(query), looks, defaults::completion_interval * (1U << looks)};
}

}  // namespace

std::string cache_key(const plan_query& query) {
  auto key = query.identity + ' ' + query.method + ' ' +
             std::to_string(static_cast<int>(query.wire)) + (query.exact ? " exact" : "");
  for (const auto& name : query.team) key += " =" + name;
  return key;
}

kept_plan_ptr plan_cache::find(const std::string& key, const std::set<std::string>& suspects) {
  const auto* kept = plans_.find(key);
  if (!kept) return nullptr;
  const bool is_used =
      std::ranges::any_of(suspects, [&](const auto& each) { return takes_part((*kept)->p, each); });
  return is_used ? nullptr : *kept;
}

/// Whether somebody could work whom it was made without: who failed under one request, or came, or
/// was drained no more, while it was made or before its coordinator knew.
bool plan_cache::lacks_somebody(const plan& p) const {
  if (!members_ || p.method == "one") return false;
  return std::ranges::any_of(members_->connected, [&](const auto& name) {
    return members_->drained.count(name) == 0 && !was_considered(p, name);
  });
}

std::optional<completion> plan_cache::adopt(const plan_query& query, const kept_plan_ptr& found,
                                            const std::string& why, time_point now) {
  const auto key = cache_key(query);
  plans_[key] = found;
  asked_for_[key] = query;
  log_.adopt(key, found->p, why, now);
  // A team is without others on purpose.
  const bool lacks = query.team.empty() && lacks_somebody(found->p);
  if (!found->p.provisional && !lacks) return std::nullopt;
  return complete_later(query, found->key, 0);
}

plan_cache::arrival plan_cache::came(const plan_query& asked, const plan& p, time_point now) {
  const auto key = cache_key(asked);
  missed(key);
  overdue_.erase(key);
  const auto kept = std::make_shared<const kept_plan>(kept_plan{p, key_of(p)});
  // Of a plan that was made before, the reason is an old one.
  const bool is_news = asked.reviews != 0 && kept->key != asked.reviews;
  reviewed_[key] = now;
  return {kept, adopt(asked, kept, is_news ? p.why : "", now)};
}

void plan_cache::missed(const std::string& key) {
  auto* open = asked_.find(key);
  if (open && --*open == 0) asked_.erase(key);
}

std::optional<plan_query> plan_cache::review(plan_query query, time_point now) {
  const auto key = cache_key(query);
  const auto* kept = plans_.find(key);
  if (!kept) return std::nullopt;
  auto& last = reviewed_[key];
  if (now - last < defaults::review_interval) return std::nullopt;
  last = now;
  query.host = host_;
  query.reviews = (*kept)->key;
  const auto without = avoided();
  query.suspects.assign(without.begin(), without.end());
  return query;
}

std::optional<completion> plan_cache::reviewed(const plan_query& asked, const plan& p,
                                               time_point now) {
  const auto key = cache_key(asked);
  reviewed_[key] = now;
  auto* current = plans_.find(key);
  if (!current || (*current)->key != asked.reviews) return std::nullopt;
  const auto found = std::make_shared<const kept_plan>(kept_plan{p, key_of(p)});
  if (found->key != asked.reviews) return adopt(asked, found, p.why, now);
  *current = found;
  return std::nullopt;
}

std::optional<completion> plan_cache::next_look(const completion& due) {
  const auto* kept = plans_.find(cache_key(due.query));
  if (!kept || (*kept)->key != due.query.reviews) return std::nullopt;
  return complete_later(due.query, due.query.reviews,
                        std::min(due.looks + 1, defaults::completion_doublings));
}

std::vector<plan_query> plan_cache::to_replan(const std::string& model, time_point now) {
  constexpr std::size_t least_digits = 8;  // fewer are a name
  const auto without = avoided();
  std::vector<plan_query> out;
  for (const auto& [key, kept] : plans_) {
    const bool is_meant = kept->p.model == model ||
                          (model.size() >= least_digits && kept->p.identity.starts_with(model));
    const auto* query = asked_for_.peek(key);
    if (!is_meant || query == nullptr) continue;
    auto& ask = out.emplace_back(*query);
    ask.host = host_;
    ask.reviews = kept->key;
    ask.anew = true;
    ask.suspects.assign(without.begin(), without.end());
    reviewed_[key] = now;  // no other review meanwhile
  }
  return out;
}

replanned plan_cache::replan_failed(const plan_query& asked, const std::string& why) const {
  replanned out;
  out.method = asked.method;
  out.team = asked.team;
  const auto key = cache_key(asked);
  if (const auto* kept = plans_.peek(key)) {
    out.from_epoch = (*kept)->p.epoch;
    out.predicted_before_ms = (*kept)->p.predicted_ms;
    out.measured_before_ms = log_.measured_ms(key);
  }
  out.why = why.ends_with('.') ? why.substr(0, why.size() - 1) : why;
  return out;
}

plan_cache::new_plan plan_cache::replan_came(const plan_query& asked, const plan& p,
                                             time_point now) {
  const auto key = cache_key(asked);
  const auto* kept = plans_.peek(key);
  if (kept == nullptr || (*kept)->key != asked.reviews)
    return {replan_failed(asked, "Another plan took its place, or will, since members changed."),
            std::nullopt};
  new_plan out{replan_failed(asked, p.why), std::nullopt};
  out.what.to_epoch = p.epoch;
  out.what.predicted_after_ms = p.predicted_ms;
  // What is asked for later is no replanning.
  auto query = asked;
  query.anew = false;
  query.reviews = 0;
  reviewed_[key] = now;
  overdue_.erase(key);
  out.later = adopt(query, std::make_shared<const kept_plan>(kept_plan{p, key_of(p)}), p.why, now);
  return out;
}

std::string plan_cache::method_for(const std::string& model, const std::string& asked) const {
  const auto pin = pins_.find(model);
  return asked == open_method && pin != pins_.end() ? pin->second.method : asked;
}

void plan_cache::use_pins(const std::vector<method_pin>& in_force, time_point now) {
  std::map<std::string, method_pin> next;
  for (const auto& each : in_force) next.emplace(each.model, each);
  const auto before = std::exchange(pins_, std::move(next));
  const std::map<std::string, method_pin>& now_pinned = pins_;
  std::set<std::string> models;
  for (const auto* all : {&before, &now_pinned})
    for (const auto& [model, pin] : *all) models.insert(model);
  for (const auto& model : models) {
    const auto old = before.find(model);
    const std::string left = old == before.end() ? open_method : old->second.method;
    const auto taken = method_for(model, open_method);
    if (left == taken) continue;
    const auto why = pins_.contains(model) ? "it is pinned to " + taken + " by hand"
                                           : std::string{"it is pinned no more"};
    retire_plans(why, now, [&](const kept_plan& kept) {
      return kept.p.model == model && kept.p.method == left;
    });
  }
}

live_report plan_cache::report(time_point now) const {
  auto out = log_.report(now);
  for (const auto& [model, pin] : pins_) out.pins.push_back(pin);
  return out;
}

template <class Which>
void plan_cache::retire_plans(const std::string& why, time_point now, const Which& which) {
  std::vector<std::string> retired;
  for (const auto& [key, kept] : plans_)
    if (which(*kept)) retired.push_back(key);
  for (const auto& key : retired) {
    log_.retire(key, why, now);
    plans_.erase(key);
  }
}

void plan_cache::retire(std::uint64_t which, const std::string& why, time_point now) {
  retire_plans(why, now, [&](const kept_plan& kept) { return kept.key == which; });
}

void plan_cache::retire_with(const std::string& node, const std::string& why, time_point now) {
  retire_plans(why, now, [&](const kept_plan& kept) { return takes_part(kept.p, node); });
}

void plan_cache::retire_all(const std::string& why, time_point now) {
  retire_plans(why, now, [](const kept_plan&) { return true; });
}

void plan_cache::avoid(const std::set<std::string>& silent, time_point now) {
  for (const auto& name : silent) retire_with(name, because(cause_t::node_silent, name), now);
  silent_.insert(silent.begin(), silent.end());
}

void plan_cache::avoid_cut(const std::set<cut_pair>& cut, time_point now) {
  for (const auto& name : ends_to_avoid(cut))
    retire_with(name, because(cause_t::node_cut_off, name), now);
  cut_.insert(cut.begin(), cut.end());
}

std::set<std::string> plan_cache::avoided() const {
  auto out = ends_to_avoid(cut_);
  out.insert(silent_.begin(), silent_.end());
  return out;
}

bool plan_cache::begin_recheck() {
  if (rechecks_ || (silent_.empty() && cut_.empty())) return false;
  rechecks_ = true;
  return true;
}

void plan_cache::recheck_silent(const std::set<std::string>& asked,
                                const std::set<std::string>& still, time_point now) {
  const auto before = silent_;
  for (const auto& name : asked) silent_.erase(name);
  silent_.insert(still.begin(), still.end());
  if (silent_ != before) retire_all("a node that was silent answers again", now);
}

void plan_cache::recheck_cut(const std::set<cut_pair>& asked, const std::set<cut_pair>& still,
                             time_point now) {
  const auto before = cut_;
  for (const auto& pair : asked) cut_.erase(pair);
  cut_.insert(still.begin(), still.end());
  if (cut_ != before) retire_all("nodes that were cut off reach each other", now);
  rechecks_ = false;
}

bool plan_cache::use_members(known_members now_known, time_point now) {
  const auto before = std::exchange(members_, std::move(now_known));
  if (!before || *before == *members_) return false;
  retire_all(describe(difference(*before, *members_)), now);
  overdue_.clear();
  return !std::ranges::includes(before->connected, members_->connected);
}

}  // namespace bramble
