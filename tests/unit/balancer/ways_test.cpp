#include "balancer/throughput/ways.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <set>

#include "balancer/search/planner.hpp"
#include "config/defaults.hpp"
#include "config/defaults_balancer.hpp"
#include "model/graph/weight_parts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/graph_kit.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

graph chain() {
  graph_kit k{"chain"};
  auto x = k.input({1, 32, 112, 112});
  for (int i = 0; i < 6; ++i) x = k.conv(x, 32, square(3, 1, 1));
  return k.finish({x});
}

shelf nodes_of(const std::vector<double>& gmacs) {
  shelf s;
  s.host = "pi1";
  for (std::size_t i = 0; i < gmacs.size(); ++i) {
    s.nodes.push_back({"pi" + std::to_string(i + 1), gmacs[i], 4096, 940, {}});
  }
  return s;
}

way equal_teams(std::size_t count, double answer_ms, double interval_ms) {
  way out;
  for (std::size_t i = 0; i < count; ++i)
    out.teams.push_back({{"pi" + std::to_string(i)}, answer_ms, interval_ms});
  return out;
}

}  // namespace

namespace {

/// Half a second of work and 32 MB of weights, spread alike over its ops.
graph heavy_chain() {
  graph_kit k{"heavy"};
  auto x = k.input({1, 512, 14, 14});
  for (int i = 0; i < 8; ++i) x = k.conv(x, 512, square(3, 1, 1));
  return k.finish({x});
}

shelf nodes_with_room(std::size_t count, std::uint64_t megabytes) {
  auto s = nodes_of(std::vector<double>(count, 6));
  for (auto& each : s.nodes) each.memory_mb = defaults::system_memory_mb + megabytes;
  return s;
}

}  // namespace

TEST_CASE("where nodes have no room for the model, a part on each of them is a way") {
  const auto g = heavy_chain();
  const auto weights_mb = all_weight_bytes(g) / 1'000'000;
  const auto s = nodes_with_room(4, weights_mb / 2);
  const auto ways = ways_of(g, s, wire_type::fp32, false, 1);
  REQUIRE(ways.back().is_pipeline());
  CHECK(describe(ways.back()).starts_with("a part of each request on each of "));
  for (std::size_t i = 0; i + 1 < ways.size(); ++i)
    CHECK(most_per_second(ways.back()) > most_per_second(ways[i]));
  // A request takes as long as on one node, or longer; they follow one another soon.
  const auto& team = ways.back().teams[0];
  CHECK(team.answer_ms > 2 * team.interval_ms);
  CHECK(team.turns_most() == team.nodes.size() + 1);
  CHECK_NOTHROW(make_plan(g, s, {"pipeline", wire_type::fp32}));
}

TEST_CASE("where nodes have room for the model, no pipeline answers more than whole requests") {
  const auto g = heavy_chain();
  const auto weights_mb = all_weight_bytes(g) / 1'000'000;
  const auto s = nodes_with_room(4, 20 * weights_mb);
  const auto ways = ways_of(g, s, wire_type::fp32, false, 1);
  CHECK(std::ranges::none_of(ways, &way::is_pipeline));
  const auto p = make_plan(g, s, {"pipeline", wire_type::fp32});
  double longest = 0;
  for (const auto& each : p.verdicts) longest = std::max(longest, each.busy_ms);
  CHECK(most_per_second(ways.back()) >= 1e3 / longest);
}

TEST_CASE("a pipeline that does not fit says what would") {
  const auto g = heavy_chain();
  const auto said = complaint_of([&] {
    make_plan(g, nodes_with_room(2, 1), {"pipeline", wire_type::fp32});
  });
  CHECK(contains(said, "heavy does not fit"));
  CHECK(contains(said, "It fits when each node has"));
}

TEST_CASE("ways go from one team of all to each node by itself") {
  const auto g = chain();
  const auto s = nodes_of({6, 6, 6, 6});
  const auto ways = ways_of(g, s, wire_type::fp32, false, 1);
  REQUIRE(ways.size() == 4);
  CHECK(describe(ways[0]) == "all 4 nodes share each request");
  CHECK(describe(ways[3]) == "each of 4 nodes makes requests whole");
  CHECK(describe(ways[1]).starts_with("2 teams share each request: "));
  for (const auto& each : ways) {
    std::set<std::string> seen;
    for (const auto& team : each.teams)
      for (const auto& node : team.nodes) CHECK(seen.insert(node).second);
    CHECK(seen.size() == 4);
  }
  const auto one = make_plan(g, s, {"one", wire_type::fp32}).predicted_ms;
  CHECK(ways[0].teams[0].answer_ms < one);
  // Whole requests: each answer takes what one node takes, or a little more elsewhere.
  for (const auto& team : ways[3].teams) {
    CHECK(team.answer_ms >= one);
    CHECK(team.answer_ms < 1.4 * one);
  }
  CHECK(most_per_second(ways[3]) > most_per_second(ways[0]));
}

TEST_CASE("teams of unequal nodes are about equally fast") {
  const auto ways = ways_of(chain(), nodes_of({6, 4.5, 3, 1.5}), wire_type::fp32, false, 1);
  REQUIRE(ways.size() == 4);
  CHECK(ways[1].teams[0].nodes == std::vector<std::string>{"pi1", "pi4"});
  CHECK(ways[1].teams[1].nodes == std::vector<std::string>{"pi2", "pi3"});
}

TEST_CASE("a node without room for the model is no team, whoever could help it out") {
  graph_kit k{"heavy"};
  auto x = k.input({1, 512, 14, 14});
  for (int i = 0; i < 6; ++i) x = k.conv(x, 512, square(3, 1, 1));  // 57 MB of weights
  const auto g = k.finish({x});
  auto s = nodes_of({6, 6, 6, 6});
  CHECK(ways_of(g, s, wire_type::fp32, false, 1).size() == 4);
  for (auto& node : s.nodes) node.memory_mb = defaults::system_memory_mb + 45;
  for (const auto& each : ways_of(g, s, wire_type::fp32, false, 1))
    for (const auto& team : each.teams) CHECK(team.nodes.size() > 1);
}

TEST_CASE("a team plans for a host that is not in it") {
  const auto g = chain();
  const auto s = nodes_of({6, 6, 6});
  plan_request request;
  request.team = {"pi2", "pi3"};
  const auto p = make_plan(g, s, request);
  CHECK(names_of_workers(p) == std::vector<std::string>{"pi2", "pi3"});
  CHECK(p.nodes[p.host] == "pi1");
  CHECK(p.predicted_ms > make_plan(g, s, {"bramble", wire_type::fp32}).predicted_ms);
  CHECK(p.verdicts[0].reason.find("others work on requests like this one") != std::string::npos);
}

TEST_CASE("one request wants all nodes, and many want each its own") {
  // A team of all is 3.4 times as fast as one node of four.
  const std::vector<way> ways{equal_teams(1, 570, 550), equal_teams(2, 1020, 1000),
                              equal_teams(4, 1940, 1940)};
  CHECK(best_way(ways, 1) == 0);
  CHECK(best_way(ways, 4) == 2);
  CHECK(best_way(ways, 8) == 2);
  CHECK(closed_response(ways[0], 1).mean_ms == Approx(570));
  CHECK(closed_response(ways[2], 8).mean_ms == Approx(2 * 1940));
}

TEST_CASE("a request goes to the team that will have answered it first") {
  way uneven;
  uneven.teams = {{{"fast"}, 100, 100}, {{"slow"}, 1000, 1000}};
  // The slow one is not worth it before nine others wait at the fast one.
  CHECK(closed_response(uneven, 2).mean_ms == Approx(200));
  CHECK(closed_response(uneven, 5).p95_ms <= 500 + 1e-6);
}

TEST_CASE("responses grow with the load, and without end beyond what the way can do") {
  const auto w = equal_teams(2, 120, 100);
  CHECK(most_per_second(w) == Approx(20));
  double before = 0;
  for (const double load : {1.0, 8.0, 14.0, 18.0, 19.0}) {
    const auto found = open_response(w, load);
    CHECK(found.mean_ms > before);
    CHECK(found.p50_ms <= found.p95_ms);
    before = found.mean_ms;
  }
  CHECK(open_response(w, 0.1).p50_ms == Approx(120));
  CHECK(open_response(w, 24).mean_ms > 10'000);
}

TEST_CASE("throughput by closed responses never exceeds what teams can do") {
  REQUIRE(rc::check("Little's law holds", [] {
    way w;
    const auto teams = *rc::gen::inRange(1, 5);
    for (int t = 0; t < teams; ++t) {
      const double interval = *rc::gen::inRange(1, 1000);
      w.teams.push_back({{std::to_string(t)}, interval + *rc::gen::inRange(0, 500), interval});
    }
    const auto requests = static_cast<std::size_t>(*rc::gen::inRange(1, 20));
    const auto mean = closed_response(w, requests).mean_ms;
    const auto per_second = 1e3 * static_cast<double>(requests) / mean;
    // The window of 48 answers is finite.
    RC_ASSERT(per_second <= 1.35 * most_per_second(w));
  }));
}

TEST_CASE("where memory binds nobody each node by itself is a way, and no pipeline is") {
  CHECK(rc::check("any speeds and lines", [] {
    const auto g = *rc::gen::arbitrary<bool>() ? chain() : heavy_chain();
    std::vector<double> gmacs(*rc::gen::inRange<std::size_t>(1, 6));
    for (auto& each : gmacs) each = 0.1 * *rc::gen::inRange(1, 200);
    auto s = nodes_of(gmacs);
    for (auto& node : s.nodes) node.nic_mbit = *rc::gen::inRange(1, 1000);
    s.host = s.nodes[*rc::gen::inRange<std::size_t>(0, s.nodes.size())].name;
    const auto ways = ways_of(g, s, wire_type::fp32, false, 0.1);
    RC_ASSERT(ways.size() == s.nodes.size());
    RC_ASSERT(std::ranges::none_of(ways, &way::is_pipeline));
  }));
}

TEST_CASE("a bad measurement of what is small does not take a way from the shelf") {
  graph_kit k{"chain"};
  auto x = k.input({1, 32, 112, 112});
  for (int i = 0; i < 6; ++i) x = k.conv(x, 32, square(3, 1, 1));
  x = k.pool(x, op_kind::avg_pool, square(112, 1, 0));
  const auto g = k.finish({k.conv(x, 10, square(1, 1, 0))});
  auto s = nodes_of({6, 6, 6, 6});
  // On every node, as if each had been at something else just then.
  for (auto& node : s.nodes) {
    node.table.ops.resize(g.ops.size());
    node.table.ops.back() = {{1, 100}};
  }
  CHECK(ways_of(g, s, wire_type::fp32, false, 1).back().teams.size() == 4);
}

TEST_CASE("where only the host's bits will do, ways are those of the nodes that have them") {
  const auto g = chain();
  auto s = nodes_of({6, 6, 6});
  for (auto& node : s.nodes) node.table.bits.assign(g.ops.size(), {1, true});
  s.nodes[1].table.bits[0].whole = 2;
  const auto ways = ways_of(g, s, wire_type::fp32, true, 1);
  REQUIRE(ways.size() == 2);
  CHECK(describe(ways[0]) == "all 2 nodes share each request");
  CHECK(describe(ways[1]) == "each of 2 nodes makes requests whole");
}
