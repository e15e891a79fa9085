#include "actors/planning/core/turn_simulation.hpp"

#include <algorithm>
#include <queue>

#include "actors/planning/core/turn_book.hpp"
#include "balancer/throughput/random_pauses.hpp"

namespace bramble {
namespace {

struct load_event {
  double at_ms = 0;
  bool is_arrival = true;
  std::uint64_t number = 0;

  bool operator>(const load_event& other) const { return at_ms > other.at_ms; }
};

class turn_simulation {
 public:
  turn_simulation(const std::vector<way>& ways, const offered_load& load)
      : ways_{ways}, load_{load} {
    std::set<std::string> members;
    for (const auto& team : ways.front().teams)
      members.insert(team.nodes.begin(), team.nodes.end());
    host_ = *members.begin();
    take(book_.use_members(members, members, time_of(0)));
  }

  load_forecast run() {
    const auto first = load_.per_second ? 1 : load_.clients;
    for (std::size_t i = 0; i < first; ++i) come(load_.per_second ? pause_ms() : 0);
    while (times_.size() < defaults::way_open_requests && !events_.empty()) {
      const auto next = events_.top();
      events_.pop();
      now_ms_ = next.at_ms;
      if (next.is_arrival)
        ask(next.number);
      else
        end(next.number);
    }
    return result();
  }

 private:
  static turn_book::time_point time_of(double ms) {
    // Long after the beginning of time, as a shelf's clock is.
    return turn_book::time_point{} + std::chrono::hours{1} +
           std::chrono::duration_cast<turn_book::time_point::duration>(
               std::chrono::duration<double, std::milli>{ms});
  }

  double pause_ms() { return random_.next(1e3 / *load_.per_second); }

  void come(double at_ms) { events_.push({at_ms, true, ++last_}); }

  void ask(std::uint64_t number) {
    came_[number] = now_ms_;
    turn_query query;
    query.what.host = host_;
    query.number = number;
    query.clients = 1;
    take(book_.ask(query, time_of(now_ms_)));
    if (load_.per_second) come(now_ms_ + pause_ms());
  }

  void end(std::uint64_t number) {
    times_.push_back(now_ms_ - came_[number]);
    came_.erase(number);
    take(book_.end({host_, number}, time_of(now_ms_)));
    if (!load_.per_second && !load_.once) come(now_ms_);
  }

  void take(const turn_todo& todo) {
    for (const auto& each : todo) {
      if (const auto* given = std::get_if<turn_actions::grant>(&each)) begin(*given);
      if (const auto* ask = std::get_if<turn_actions::survey>(&each))
        take(book_.surveyed(ask->stream, ways_, time_of(now_ms_)));
      if (const auto* ask = std::get_if<turn_actions::prepare>(&each))
        take(book_.prepared(ask->stream, ask->query, true, time_of(now_ms_)));
    }
    const auto report = book_.report(time_of(now_ms_));
    if (report.empty() || report[0].how == how_) return;
    if (!how_.empty()) ++changes_;
    how_ = report[0].how;
  }

  /// The team computes its requests one after the other.
  void begin(const turn_actions::grant& given) {
    const auto* who = &ways_.front().teams.front();
    for (const auto& each : ways_)
      for (const auto& team : each.teams)
        if (team.nodes == given.what.team && team.method == given.what.method) who = &team;
    auto begins = now_ms_;
    for (const auto& node : who->nodes) begins = std::max(begins, free_at_[node]);
    for (const auto& node : who->nodes) free_at_[node] = begins + who->interval_ms;
    events_.push({begins + std::max(who->answer_ms, who->interval_ms), false, given.number});
  }

  load_forecast result() const {
    load_forecast out;
    // The beginning, with an empty shelf, is no steady state.
    auto times = std::vector<double>(
        times_.begin() + static_cast<std::ptrdiff_t>(times_.size() / 10), times_.end());
    out.times = summary_of(std::move(times));
    out.per_second = now_ms_ > 0 ? 1e3 * static_cast<double>(times_.size()) / now_ms_ : 0;
    out.changes = changes_;
    return out;
  }

  const std::vector<way>& ways_;
  const offered_load& load_;
  turn_book book_;
  std::string host_, how_;
  random_pauses random_;
  std::priority_queue<load_event, std::vector<load_event>, std::greater<>> events_;
  std::map<std::uint64_t, double> came_;
  std::map<std::string, double> free_at_;
  std::vector<double> times_;
  double now_ms_ = 0;
  std::uint64_t last_ = 0;
  std::size_t changes_ = 0;
};

}  // namespace

load_forecast forecast(const std::vector<way>& ways, const offered_load& load) {
  return turn_simulation{ways, load}.run();
}

}  // namespace bramble
