#include "balancer/throughput/ways.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <queue>

#include "balancer/search/planner.hpp"
#include "balancer/shelf/exactness.hpp"
#include "balancer/throughput/random_pauses.hpp"
#include "config/base/error.hpp"
#include "config/defaults_load.hpp"
#include "model/graph/weight_parts.hpp"

namespace bramble {
namespace {

class ways_search {
 public:
  ways_search(const graph& g, const shelf& s, wire_type wire, bool exact, double effort)
      : graph_{g},
        shelf_{s},
        cost_{g, s, wire},
        weight_bytes_{static_cast<double>(all_weight_bytes(g))} {
    request_.wire = wire;
    request_.exact = exact;
    request_.effort = effort;
    order_.resize(s.nodes.size());
    std::iota(order_.begin(), order_.end(), 0);
    if (exact)
      std::erase_if(order_, [&, out = only_exact(g, s).left_out](auto node) {
        return out.contains(s.nodes[node].name);
      });
    std::stable_sort(order_.begin(), order_.end(),
                     [&](auto a, auto b) { return cost_.model_ms(a) < cost_.model_ms(b); });
  }

  std::vector<way> run() {
    std::vector<way> out;
    std::string why = "There is no node.";
    const auto nodes = order_.size();
    const auto stride = std::max<std::size_t>(1, nodes / defaults::way_team_sizes);
    for (std::size_t teams = 1; teams <= nodes; teams += teams + stride < nodes ? stride : 1) {
      try {
        out.push_back(in_teams(teams));
      } catch (const user_error& e) {
        why = e.what();  // no room for the model in nodes so few: in larger teams there may be
      }
    }
    if (out.empty()) throw user_error(why);
    if (out.back().teams.size() < nodes) add_pipelines(out);
    return out;
  }

 private:
  /// The fastest first, each to the team that is slowest so far.
  way in_teams(std::size_t count, const std::string& method = {}) {
    std::vector<std::vector<std::uint16_t>> members(count);
    std::vector<double> speed(count, 0);
    for (auto node : order_) {
      const auto slowest =
          static_cast<std::size_t>(std::min_element(speed.begin(), speed.end()) - speed.begin());
      members[slowest].push_back(node);
      speed[slowest] += 1 / std::max(1e-9, cost_.model_ms(node));
    }
    way out;
    for (auto& each : members) {
      std::sort(each.begin(), each.end());
      out.teams.push_back(team_of(each, method));
    }
    return out;
  }

  /// Where no node has room for the model: of as many teams as there are, each with its nodes one
  /// after the other. Teams of one had been among the others.
  void add_pipelines(std::vector<way>& ways) {
    const auto most = ways.back().teams.size();
    for (std::size_t teams = 1; teams <= most; ++teams) {
      double best = 0;
      for (const auto& each : ways) best = std::max(best, most_per_second(each));
      try {
        auto candidate = in_teams(teams, "pipeline");
        if (most_per_second(candidate) >= (1 + defaults::way_gain) * best)
          ways.push_back(std::move(candidate));
      } catch (const user_error&) {
        continue;  // no room for it in so few nodes
      }
    }
  }

  team team_of(const std::vector<std::uint16_t>& members, const std::string& method) {
    team out;
    out.method = method;
    for (auto n : members) out.nodes.push_back(shelf_.nodes[n].name);
    auto request = request_;
    if (!method.empty()) request.method = method;
    if (members.size() < order_.size()) request.team = out.nodes;
    const auto p = make_plan(graph_, shelf_, request);
    out.answer_ms = p.predicted_ms;
    for (const auto& each : p.verdicts) out.interval_ms = std::max(out.interval_ms, each.busy_ms);
    check_alone(out, p);
    const auto program = derive(graph_, p);
    std::vector<double> sends(p.nodes.size(), 0), takes(p.nodes.size(), 0);
    for (const auto& t : program.transfers) {
      const auto from = cost_index(p, t.from), to = cost_index(p, t.to);
      const auto ms = cost_.serialise_ms(from, to, cost_.wire_bytes(t.value, t.part));
      out.interval_ms = std::max({out.interval_ms, sends[t.from] += ms, takes[t.to] += ms});
    }
    return out;
  }

  /// Where a team has no room for the model, others help it out, who have requests of their own:
  /// then it is no team. The host may make the last few numbers, by however bad a measurement of
  /// the time that those take: what counts is whose memory is needed.
  void check_alone(const team& who, const plan& p) const {
    for (std::size_t n = 0; n < p.nodes.size(); ++n) {
      const bool is_in = std::ranges::find(who.nodes, p.nodes[n]) != who.nodes.end();
      if (!is_in &&
          static_cast<double>(p.verdicts[n].weight_bytes) > defaults::way_help_most * weight_bytes_)
        throw user_error("Without " + p.nodes[n] + " a team has no room for the model.");
    }
  }

  /// Nodes of a plan that is exact may be fewer, and in another order.
  std::size_t cost_index(const plan& p, std::uint16_t node) const {
    return shelf_.index_of(p.nodes[node]);
  }

  const graph& graph_;
  const shelf& shelf_;
  const cost_model cost_;
  const double weight_bytes_;
  plan_request request_;
  std::vector<std::uint16_t> order_;  // fastest first
};

/// Requests given to teams as they come; times in ms.
class team_queues {
 public:
  explicit team_queues(const way& w) : way_{w}, begin_(w.teams.size(), 0) {}

  /// When a request that comes now is answered.
  double answer(double now) {
    std::size_t best = 0;
    double soonest = std::numeric_limits<double>::infinity();
    for (std::size_t t = 0; t < way_.teams.size(); ++t) {
      const auto at = std::max(now, begin_[t]) + way_.teams[t].answer_ms;
      if (at >= soonest) continue;
      soonest = at;
      best = t;
    }
    const auto& team = way_.teams[best];
    const auto begins = std::max(now, begin_[best]);
    begin_[best] = begins + team.interval_ms;
    return begins + std::max(team.answer_ms, team.interval_ms);
  }

 private:
  const way& way_;
  std::vector<double> begin_;  // by team: when it can begin the next
};

}  // namespace

response summary_of(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) {
    return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
  };
  return {std::accumulate(times.begin(), times.end(), 0.0) / static_cast<double>(times.size()),
          at(0.5), at(0.95)};
}

std::string describe(const way& w) {
  const auto most = std::max_element(
      w.teams.begin(), w.teams.end(),
      [](const auto& a, const auto& b) { return a.nodes.size() < b.nodes.size(); });
  const auto count = std::to_string(w.teams.size());
  if (most == w.teams.end()) return "nobody works";
  const auto lists = [&] {
    std::string out;
    for (std::size_t t = 0; t < w.teams.size(); ++t) {
      if (t > 0) out += " |";
      for (const auto& name : w.teams[t].nodes) out += " " + name;
    }
    return out;
  };
  if (w.is_pipeline())
    return w.is_one_team() ? "a part of each request on each of " +
                                 std::to_string(most->nodes.size()) + " nodes"
                           : count + " teams, a part of each request on each node:" + lists();
  if (w.is_one_team())
    return most->nodes.size() == 1
               ? most->nodes[0] + " makes each request whole"
               : "all " + std::to_string(most->nodes.size()) + " nodes share each request";
  if (most->nodes.size() == 1) return "each of " + count + " nodes makes requests whole";
  return count + " teams share each request:" + lists();
}

std::size_t team::turns_most() const {
  return method == "pipeline" ? nodes.size() + 1 : defaults::turns_per_team;
}

std::vector<way> ways_of(const graph& g, const shelf& s, wire_type wire, bool exact,
                         double effort) {
  return ways_search{g, s, wire, exact, effort}.run();
}

response closed_response(const way& w, std::size_t requests) {
  return clients_response(w, requests, 0);
}

response clients_response(const way& w, std::size_t clients, double pause_ms) {
  clients = std::clamp<std::size_t>(clients, 1, defaults::way_requests_at_once);
  team_queues queues{w};
  random_pauses random;
  std::priority_queue<double, std::vector<double>, std::greater<>> arrivals;
  for (std::size_t i = 0; i < clients; ++i) arrivals.push(random.next(pause_ms));
  // The first round begins with empty teams, which is no steady state.
  const auto skipped = clients;
  std::vector<double> times;
  for (std::size_t i = 0; times.size() < defaults::way_requests; ++i) {
    const auto now = arrivals.top();
    arrivals.pop();
    const auto done = queues.answer(now);
    arrivals.push(done + random.next(pause_ms));
    if (i >= skipped) times.push_back(done - now);
  }
  return summary_of(std::move(times));
}

response open_response(const way& w, double per_second) {
  team_queues queues{w};
  random_pauses random;
  std::vector<double> times;
  double now = 0;
  for (int i = 0; i < defaults::way_open_requests; ++i) {
    now += random.next(1e3 / per_second);
    times.push_back(queues.answer(now) - now);
  }
  return summary_of(std::move(times));
}

double most_per_second(const way& w) {
  double sum = 0;
  for (const auto& each : w.teams) sum += 1e3 / std::max(1e-9, each.interval_ms);
  return sum;
}

std::size_t best_way(const std::vector<way>& ways, std::size_t requests) {
  std::size_t best = 0;
  double soonest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < ways.size(); ++i) {
    const auto ms = closed_response(ways[i], requests).mean_ms;
    if (ms >= soonest) continue;
    soonest = ms;
    best = i;
  }
  return best;
}

}  // namespace bramble
