#include "actors/planning/core/turn_book.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace bramble {
namespace {

using ms_double = std::chrono::duration<double, std::milli>;

double ms_of(turn_book::time_point now) {
  return ms_double{now.time_since_epoch()}.count();
}

/// Requests that are treated alike, whichever host they came to.
std::string stream_key(const plan_query& query) {
  return query.identity + ' ' + std::to_string(static_cast<int>(query.wire)) +
         (query.exact ? " exact" : "");
}

const char* name_of_kind(const way& w) {
  if (w.is_pipeline()) return "pipeline";
  if (std::ranges::all_of(w.teams, [](const team& each) { return each.nodes.size() == 1; }))
    return "whole";
  return w.is_one_team() ? "divided" : "teams";
}

}  // namespace

std::size_t turn_book::stream::waiting() const {
  std::size_t sum = 0;
  for (const auto& [host, queue] : hosts) sum += queue.waiting.size();
  return sum;
}

std::size_t turn_book::waiting() const {
  std::size_t sum = 0;
  for (const auto& [key, s] : streams_) sum += s.waiting();
  return sum;
}

template <class Which>
void turn_book::forget_waiting(stream& s, host_queue& queue, time_point now, const Which& which) {
  for (auto gone = std::erase_if(queue.waiting, which); gone > 0; --gone) s.presence.went(now);
}

turn_book::choice turn_book::team_for(const stream& s, double now_ms) const {
  const auto state_of = [&](const node_list& nodes) {
    node_state out{0, now_ms};
    for (const auto& name : nodes)
      if (const auto known = nodes_.find(name); known != nodes_.end()) {
        out.turns = std::max(out.turns, known->second.turns);
        out.free_at_ms = std::max(out.free_at_ms, known->second.free_at_ms);
      }
    return out;
  };
  if (s.ways.empty()) {
    const auto all = state_of({workers_.begin(), workers_.end()});
    return {nullptr, all.free_at_ms, all.turns < defaults::turns_per_team};
  }
  choice best{nullptr, std::numeric_limits<double>::infinity(), false};
  for (const auto& team : s.ways[s.current].teams) {
    const auto state = state_of(team.nodes);
    const auto done = state.free_at_ms + team.answer_ms;
    if (done >= best.done_ms) continue;
    best = {&team, done, state.turns < team.turns_most()};
  }
  return best;
}

void turn_book::begin(const std::string& key, stream& s, const turn_query& query, const team* who,
                      time_point now) {
  const auto now_ms = ms_of(now);
  auto& queue = s.hosts[query.what.host];
  virtual_time_ = std::max(virtual_time_, queue.served);
  const auto work = who ? who->interval_ms * static_cast<double>(who->nodes.size()) : 1;
  queue.served += work / std::max<std::uint32_t>(1, query.clients);
  ++s.running;
  const auto answer = ms_double{defaults::turn_expiry_factor * (who ? who->answer_ms : 0)};
  running_turn began{
      key, who ? who->nodes : node_list{workers_.begin(), workers_.end()},
      now + defaults::turn_expiry_base + std::chrono::duration_cast<time_point::duration>(answer)};
  double free_at = now_ms;
  for (const auto& name : began.nodes) free_at = std::max(free_at, nodes_[name].free_at_ms);
  for (const auto& name : began.nodes) {
    auto& node = nodes_[name];
    ++node.turns;
    node.free_at_ms = free_at + (who ? who->interval_ms : 0);
  }
  running_[{query.what.host, query.number}] = std::move(began);
}

bool turn_book::asks_first(const stream& s, const std::string& host) const {
  if (s.current != 0) return true;
  return std::ranges::any_of(running_, [&](const auto& each) { return each.first.first != host; });
}

void turn_book::grant_all(time_point now, turn_todo& todo) {
  const auto now_ms = ms_of(now);
  // A stream whose best team is busy waits; others may have a team that is not. They may not go on
  // for ever, though: small teams are never all free at a time while somebody waits for them.
  std::set<std::string> busy;
  auto last = std::numeric_limits<double>::infinity();
  while (true) {
    stream* next = nullptr;
    std::string key, host;
    double least = std::numeric_limits<double>::infinity();
    for (auto& [name, s] : streams_)
      for (const auto& [who, queue] : s.hosts) {
        if (queue.waiting.empty() || queue.served >= least || busy.contains(name)) continue;
        least = queue.served;
        next = &s;
        key = name;
        host = who;
      }
    if (!next || least > last) return;
    choose_way(key, *next, now, todo);
    const auto team = team_for(*next, now_ms);
    if (!team.is_free) {
      busy.insert(key);
      last = std::min(last, least + ms_double{defaults::turn_overtake}.count());
      continue;
    }
    auto& waiting = next->hosts[host].waiting;
    const auto query = waiting.front();
    waiting.erase(waiting.begin());
    begin(key, *next, query, team.who, now);
    turn what{{}, asks_first(*next, host)};
    if (team.who && next->current != 0) {
      what.team = team.who->nodes;
      what.method = team.who->method;
    }
    todo.push_back(turn_actions::grant{host, query.number, std::move(what)});
  }
}

turn_todo turn_book::ask(const turn_query& query, time_point now) {
  turn_todo todo;
  const auto& host = query.what.host;
  const auto key = stream_key(query.what);
  forget_quiet_streams();
  const bool is_full = running_.size() + waiting() >= defaults::turns_open ||
                       (!streams_.contains(key) && streams_.size() >= defaults::streams_remembered);
  if (is_full) {
    todo.push_back(turn_actions::grant{host, query.number, {}});
    return todo;
  }
  auto& s = streams_[key];
  s.query = query.what;
  s.query.team.clear();
  s.query.suspects.clear();
  s.query.reviews = 0;
  auto& queue = s.hosts[host];
  // Who had nothing to do for a while is not owed that time, and neither is a newcomer.
  if (queue.waiting.empty()) queue.served = std::max(queue.served, virtual_time_);
  end_turns_before(host, query.oldest, now);
  end_expired(now);
  if (running_.contains({host, query.number})) end_turn({host, query.number}, now);
  s.presence.came(now);
  ++s.arrivals;
  if (query.runs) {
    const auto* who = s.ways.empty() ? nullptr : &s.ways[0].teams[0];
    begin(key, s, query, who, now);
    choose_way(key, s, now, todo);
    todo.push_back(turn_actions::grant{host, query.number, {{}, asks_first(s, host)}});
    return todo;
  }
  queue.waiting.push_back(query);
  grant_all(now, todo);
  return todo;
}

void turn_book::forget_quiet_streams() {
  if (streams_.size() < defaults::streams_remembered) return;
  std::erase_if(streams_, [](const auto& each) { return each.second.present() == 0; });
}

void turn_book::free_nodes(const node_list& nodes, double now_ms) {
  for (const auto& name : nodes) {
    const auto found = nodes_.find(name);
    if (found == nodes_.end()) continue;
    if (--found->second.turns == 0)
      nodes_.erase(found);
    else
      found->second.free_at_ms = std::max(found->second.free_at_ms, now_ms);
  }
}

void turn_book::end_turn(const turn_key& which, time_point now) {
  const auto found = running_.find(which);
  auto& s = streams_.at(found->second.stream);
  --s.running;
  s.presence.went(now);
  free_nodes(found->second.nodes, ms_of(now));
  running_.erase(found);
}

/// Their ends were lost with a link.
void turn_book::end_turns_before(const std::string& host, std::uint64_t oldest, time_point now) {
  for (auto which = running_.lower_bound({host, 0});
       which != running_.end() && which->first < turn_key{host, oldest};
       which = running_.lower_bound({host, 0}))
    end_turn(which->first, now);
  for (auto& [key, s] : streams_)
    if (const auto found = s.hosts.find(host); found != s.hosts.end())
      forget_waiting(s, found->second, now, [&](const turn_query& q) { return q.number < oldest; });
}

void turn_book::end_expired(time_point now) {
  std::vector<turn_key> expired;
  for (const auto& [which, each] : running_)
    if (each.expires < now) expired.push_back(which);
  for (const auto& which : expired) end_turn(which, now);
}

turn_todo turn_book::pass(time_point now) {
  turn_todo todo;
  end_expired(now);
  grant_all(now, todo);
  return todo;
}

turn_todo turn_book::end(const turn_end& what, time_point now) {
  turn_todo todo;
  const turn_key which{what.host, what.number};
  if (running_.contains(which)) {
    end_turn(which, now);
  } else {
    for (auto& [key, s] : streams_)
      if (const auto host = s.hosts.find(what.host); host != s.hosts.end())
        forget_waiting(s, host->second, now,
                       [&](const turn_query& q) { return q.number == what.number; });
  }
  grant_all(now, todo);
  return todo;
}

turn_todo turn_book::surveyed(const std::string& stream, std::vector<way> ways, time_point now) {
  turn_todo todo;
  const auto found = streams_.find(stream);
  if (found == streams_.end() || ways.empty()) return todo;
  auto& s = found->second;
  const bool is_first = s.ways.empty();
  // Who is with whom may be another now; in how many teams they are is what was decided.
  const auto shape = [](const way& w) { return std::pair{w.teams.size(), w.is_pipeline()}; };
  const auto before = is_first ? std::pair{std::size_t{1}, false} : shape(s.ways[s.current]);
  s.ways = std::move(ways);
  const auto same = std::ranges::find(s.ways, before, shape);
  s.current = same == s.ways.end() ? 0 : static_cast<std::size_t>(same - s.ways.begin());
  if (is_first) s.since = now - defaults::way_cooldown;
  s.asked = s.ready;  // what could not be made is tried again
  choose_way(stream, s, now, todo);
  grant_all(now, todo);
  return todo;
}

void turn_book::not_surveyed(const std::string& stream) {
  if (const auto found = streams_.find(stream); found != streams_.end())
    found->second.is_surveyed = false;
}

turn_todo turn_book::prepared(const std::string& stream, const plan_query& query, bool is_there,
                              time_point now) {
  turn_todo todo;
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return todo;
  auto& s = found->second;
  const auto name =
      plan_name(query.host, query.team, query.method == s.query.method ? "" : query.method);
  if (!s.asked.contains(name)) return todo;
  if (is_there) s.ready.insert(name);
  choose_way(stream, s, now, todo);
  grant_all(now, todo);
  return todo;
}

turn_todo turn_book::use_members(const std::set<std::string>& members,
                                 const std::set<std::string>& workers, time_point now) {
  turn_todo todo;
  std::vector<turn_key> gone;
  for (const auto& [which, each] : running_)
    if (!members.contains(which.first)) gone.push_back(which);
  for (const auto& which : gone) end_turn(which, now);
  const bool same = workers == workers_;
  workers_ = workers;
  for (auto& [key, s] : streams_) {
    for (auto& [host, queue] : s.hosts)
      if (!members.contains(host))
        forget_waiting(s, queue, now, [](const turn_query&) { return true; });
    std::erase_if(s.hosts, [&](const auto& each) { return !members.contains(each.first); });
    if (same) continue;
    s.ways.clear();
    s.asked.clear();
    s.ready.clear();
    s.current = 0;
    s.is_surveyed = false;
    if (s.present() > 0) choose_way(key, s, now, todo);
  }
  grant_all(now, todo);
  return todo;
}

turn_todo turn_book::give_up() {
  turn_todo todo;
  for (const auto& [key, s] : streams_)
    for (const auto& [host, queue] : s.hosts)
      for (const auto& query : queue.waiting)
        todo.push_back(turn_actions::grant{host, query.number, {}});
  streams_.clear();
  running_.clear();
  nodes_.clear();
  return todo;
}

std::vector<load_way> turn_book::report(time_point now) const {
  const auto ago = [now](time_point when) {
    return std::chrono::duration<double>(now - when).count();
  };
  std::vector<load_way> out;
  for (const auto& [key, s] : streams_) {
    if (s.ways.empty()) continue;
    auto& each =
        out.emplace_back(load_way{s.query.model, describe(s.ways[s.current]), s.why, ago(s.since)});
    each.kind = name_of_kind(s.ways[s.current]);
    each.wire = name_of(s.query.wire);
    each.exact = s.query.exact;
    for (const auto& w : s.ways)
      each.most_per_second = std::max(each.most_per_second, bramble::most_per_second(w));
    each.running = static_cast<std::uint32_t>(s.running);
    each.queued = static_cast<std::uint32_t>(s.waiting());
    for (const auto& past : s.switches) {
      each.switches.push_back(past.what);
      each.switches.back().seconds_ago = ago(past.when);
    }
  }
  return out;
}

}  // namespace bramble
