#include "actors/observing/core/actor_board.hpp"

#include <algorithm>
#include <map>

#include "config/defaults_observing.hpp"

namespace bramble {

void actor_board::forget_ended(time_point now) {
  std::size_t kept = 0;
  for (const auto& each : actors_) kept += each->end() ? 1 : 0;
  std::erase_if(actors_, [&](const counters_ptr& each) {
    const auto end = each->end();
    if (!end) return false;
    if (now - *end < defaults::ended_actor_shown && kept <= defaults::ended_actors_limit)
      return false;
    --kept;
    return true;
  });
}

actor_board::counters_ptr actor_board::add(actor_identity who, time_point now) {
  const std::lock_guard lock{mutex_};
  if (lives_.size() < defaults::actor_names_limit || lives_.contains(who.name))
    who.restarts = lives_[who.name]++;
  forget_ended(now);
  actors_.push_back(std::make_shared<actor_counters>(std::move(who), now));
  return actors_.back();
}

std::vector<actor_info> actor_board::report(time_point now) const {
  std::vector<actor_info> out;
  const std::lock_guard lock{mutex_};
  out.reserve(actors_.size());
  std::map<std::string, std::string> names;
  for (const auto& each : actors_) {
    const auto end = each->end();
    names["#" + std::to_string(each->who().id)] = each->who().name;
    if (!end || now - *end < defaults::ended_actor_shown) out.push_back(each->report(now));
  }
  for (auto& info : out)
    for (auto& each : info.talkers) {
      const auto known = names.find(each.name);
      if (each.name.empty())
        each.name = "nobody";
      else if (known != names.end())
        each.name = known->second;
    }
  return out;
}

std::vector<std::string> actor_board::warnings(time_point now) const {
  std::vector<std::string> out;
  const std::lock_guard lock{mutex_};
  for (const auto& each : actors_)
    if (auto text = each->warning(now); !text.empty()) out.push_back(std::move(text));
  return out;
}

}  // namespace bramble
