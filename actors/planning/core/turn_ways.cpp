// Which way requests take: the part of a turn_book that chooses among ways and has their plans
// made; turn_book.cpp gives turns by it.
#include <utility>

#include "actors/planning/core/turn_book.hpp"
#include "config/format.hpp"

namespace bramble {

/// `method`: empty where it is the one of the requests.
std::string turn_book::plan_name(const std::string& host, const node_list& team,
                                 const std::string& method) {
  auto out = host + (method.empty() ? "" : " by " + method) + ":";
  for (const auto& node : team) out += ' ' + node;
  return out;
}

/// Only with plans that are installed, of every host that has requests now.
bool turn_book::is_usable(const stream& s, std::size_t which) const {
  if (which == 0) return true;
  for (const auto& team : s.ways[which].teams)
    for (const auto& [host, queue] : s.hosts)
      if (!s.ready.contains(plan_name(host, team.nodes, team.method))) return false;
  return true;
}

void turn_book::prepare_ways(const std::string& key, stream& s, turn_todo& todo) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < s.ways.size(); ++i)
    if (s.answers_ms[i] < s.answers_ms[best]) best = i;
  if (best == 0) return;
  for (const auto& team : s.ways[best].teams)
    for (const auto& [host, queue] : s.hosts) {
      const auto name = plan_name(host, team.nodes, team.method);
      if (!s.asked.insert(name).second) continue;
      auto query = s.query;
      query.host = host;
      query.team = team.nodes;
      if (!team.method.empty()) query.method = team.method;
      todo.push_back(turn_actions::prepare{key, std::move(query)});
    }
}

/// A clear gain is one at once, a small one has to be there at several arrivals in a row.
bool turn_book::is_confirmed(stream& s, double gain) {
  if (gain < defaults::way_gain) {
    s.looks = 0;
    return false;
  }
  if (std::exchange(s.looked_at, s.arrivals) != s.arrivals) ++s.looks;
  return gain >= defaults::way_clear_gain || s.looks >= defaults::way_confirmations;
}

void turn_book::switch_to(stream& s, std::size_t best, std::size_t present, time_point now,
                          turn_todo& todo) {
  s.why = "up to " + std::to_string(present) +
          (present == 1 ? " request is there: answers come after "
                        : " requests are there: answers come after ") +
          format_ms(s.answers_ms[best]) + " ms instead of " + format_ms(s.answers_ms[s.current]) +
          " ms";
  auto how = describe(s.ways[best]);
  s.switches.push_back({{describe(s.ways[s.current]), how, s.why}, now});
  if (s.switches.size() > defaults::way_switches_kept) s.switches.pop_front();
  s.current = best;
  s.since = now;
  s.looks = 0;
  todo.push_back(turn_actions::tell{s.query.model, std::move(how), s.why});
}

void turn_book::choose_way(const std::string& key, stream& s, time_point now, turn_todo& todo) {
  const auto present = s.presence.of_late(now);
  if (present.most > 1 && (!s.is_surveyed || now - s.surveyed_at > defaults::ways_valid)) {
    s.is_surveyed = true;
    s.surveyed_at = now;
    todo.push_back(turn_actions::survey{key, s.query});
  }
  if (s.ways.empty()) return;
  s.answers_ms.clear();
  for (const auto& each : s.ways)
    s.answers_ms.push_back(clients_response(each, present.most, present.pause_ms).mean_ms);
  prepare_ways(key, s, todo);
  std::size_t best = s.current;
  for (std::size_t i = 0; i < s.ways.size(); ++i)
    if (is_usable(s, i) && s.answers_ms[i] < s.answers_ms[best]) best = i;
  const bool confirmed = is_confirmed(s, 1 - s.answers_ms[best] / s.answers_ms[s.current]);
  // No plan for a host whose first request just came: it asks for one, others go on as they do.
  if (best == s.current || !confirmed || now - s.since < defaults::way_cooldown) return;
  switch_to(s, best, present.most, now, todo);
}

}  // namespace bramble
