#include "actors/observing/core/actor_board.hpp"

#include <algorithm>
#include <map>

#include "config/defaults_observing.hpp"
#include "config/defaults_operating.hpp"
#include "config/format.hpp"

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

/// Of all that are shown or not forgotten yet, by "#" and their number.
std::map<std::string, std::string> actor_board::names() const {
  std::map<std::string, std::string> out;
  for (const auto& each : actors_) out["#" + std::to_string(each->who().id)] = each->who().name;
  return out;
}

std::vector<actor_info> actor_board::report(time_point now) const {
  std::vector<actor_info> out;
  const std::lock_guard lock{mutex_};
  out.reserve(actors_.size());
  const auto known_names = names();
  for (const auto& each : actors_) {
    const auto end = each->end();
    if (!end || now - *end < defaults::ended_actor_shown) out.push_back(each->report(now));
  }
  for (auto& info : out)
    for (auto& each : info.talkers) {
      const auto known = known_names.find(each.name);
      if (each.name.empty())
        each.name = "nobody";
      else if (known != known_names.end())
        each.name = known->second;
    }
  return out;
}

std::vector<std::string> actor_board::warnings(time_point now) const {
  std::vector<std::string> out;
  const std::lock_guard lock{mutex_};
  for (const auto& each : actors_)
    if (auto text = each->warning(now); !text.empty())
      out.push_back("the actor " + std::move(text));
  for (const auto& [number, task] : tasks_)
    if (now - task.began > task.most)
      out.push_back(task.what + ": it takes " +
                    format_duration(std::chrono::duration<double>(now - task.began).count()) +
                    " already");
  return out;
}

std::uint64_t actor_board::begin_task(std::string what, std::chrono::milliseconds most,
                                      time_point now) {
  const std::lock_guard lock{mutex_};
  tasks_.emplace(++last_task_, awaited_task{std::move(what), now, most});
  // Whoever begins so many does not end them: the oldest have been told long since.
  if (tasks_.size() > defaults::awaited_tasks_most) tasks_.erase(tasks_.begin());
  return last_task_;
}

void actor_board::end_task(std::uint64_t number) {
  const std::lock_guard lock{mutex_};
  tasks_.erase(number);
}

tap_report actor_board::read_tap(const tap_query& query, time_point now, double unix_ms) {
  auto out = query.tap == 0 ? tap_.begin(query, now) : tap_.read(query, now, unix_ms);
  const std::lock_guard lock{mutex_};
  const auto known = names();
  for (auto& each : out.messages) {
    const auto sender = known.find(each.sender);
    if (each.sender.empty()) each.sender = "nobody";
    if (sender != known.end()) each.sender = sender->second;
  }
  return out;
}

}  // namespace bramble
