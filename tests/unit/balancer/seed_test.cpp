#include "balancer/baseline/seed.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/inception_graph.hpp"
#include "tests/support/random_graph.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

std::vector<double> weights_of(const cost_model& cost) {
  std::vector<double> out;
  for (op_id op = 0; op < cost.model().ops.size(); ++op) out.push_back(cost.whole_ms(0, op));
  return out;
}

/// Two branches of 30 and 20 ms, and a join of 2 ms, on devices with a relation of speeds.
struct two_branches {
  graph g;
  shelf s;

  explicit two_branches(const std::vector<double>& slowness, double mbit = 1e6) {
    graph_kit kit{"two branches"};
    const auto x = kit.input({1, 4, 8, 8});
    const auto a = kit.conv(x, 4, {});
    const auto b = kit.conv(x, 4, {});
    g = kit.finish({kit.concat({a, b})});
    s = shelf_of(std::vector<double>(slowness.size(), 1), mbit);
    for (std::size_t n = 0; n < slowness.size(); ++n) {
      auto& ops = s.nodes[n].table.ops;
      for (double ms : {30.0, 20.0, 2.0}) ops.push_back({{8, ms * slowness[n]}});
    }
  }
};

/// The least time of a layer as published figures for Inception-v4 have it: multiply-accumulates at
/// a rate and nothing else, bytes at the line's rate without latency; the host's card hands out the
/// inputs one after the other, in the order of the devices.
double published_layer_ms(const seed_problem& problem, const cost_model& cost, std::size_t layer,
                          double gmacs) {
  const auto& branches = problem.layers[layer].branches;
  std::vector<double> time(branches.size(), 0);
  for (std::size_t b = 0; b < branches.size(); ++b)
    for (auto op : branches[b].ops) time[b] += macs(cost.model(), op) / (gmacs * 1e6);
  if (branches.size() == 1) return time[0];
  const auto& sends = problem.costs[layer];
  const auto latency = cost.latency_ms(0, 1);
  auto best = std::accumulate(time.begin(), time.end(), 0.0);
  const auto codes = static_cast<std::size_t>(std::pow(problem.devices, branches.size()));
  for (std::size_t code = 1; code < codes; ++code) {
    std::vector<double> computing(problem.devices, 0), returning(problem.devices, 0);
    auto rest = code;
    for (auto b = branches.size(); b-- > 0; rest /= problem.devices) {
      const auto d = rest % problem.devices;
      computing[d] += time[b];
      if (d != problem.host) returning[d] += sends.output_ms[b][d] - latency;
    }
    auto slowest = computing[problem.host];
    double card_free = 0;
    for (std::size_t d = 0; d < problem.devices; ++d) {
      if (d == problem.host || computing[d] == 0) continue;
      card_free += sends.input_ms[d] - latency;
      slowest = std::max(slowest, card_free + computing[d] + returning[d]);
    }
    best = std::min(best, slowest);
  }
  return best;
}

}  // namespace

TEST_CASE("layers and branches of a block like Inception's") {
  graph_kit kit{"block"};
  auto x = kit.input({1, 3, 16, 16});
  x = kit.conv(kit.conv(x, 8, {}), 8, {});                                          // ops 0, 1
  const auto a = kit.conv(x, 4, {});                                                // 2
  const auto b0 = kit.conv(x, 4, {});                                               // 3, forks
  const auto b1 = kit.conv(b0, 4, {});                                              // 4
  const auto b2 = kit.conv(b0, 4, {});                                              // 5
  const auto c = kit.conv(kit.pool(x, op_kind::avg_pool, square(3, 1, 1)), 4, {});  // 6, 7
  x = kit.concat({a, b1, b2, c});                                                   // 8
  x = kit.conv(x, 8, {});                                                           // 9
  x = kit.sum(x, kit.conv(x, 8, {}));                                               // 10, 11
  const auto g = kit.finish({x});

  const auto layers = layers_of(g);
  REQUIRE(layers.size() == 3);
  CHECK(layers[0].is_chain());
  CHECK(layers[0].branches[0].ops == std::vector<op_id>{0, 1});
  REQUIRE(layers[1].branches.size() == 3);
  CHECK(layers[1].branches[0].ops == std::vector<op_id>{2});
  CHECK(layers[1].branches[1].ops == std::vector<op_id>{3, 4, 5});
  CHECK(layers[1].branches[2].ops == std::vector<op_id>{6, 7});
  CHECK(layers[1].join == op_id{8});
  CHECK(layers[1].entry == g.ops[1].outputs);
  // The branch beside the identity is alone: a chain, with its sum.
  CHECK(layers[2].is_chain());
  CHECK(layers[2].branches[0].ops == std::vector<op_id>{9, 10, 11});

  CHECK(critical_path(g, std::vector<double>(g.ops.size(), 1)) == 8);
}

TEST_CASE("two heads are branches without a join; two inputs make one layer") {
  graph_kit kit{"heads"};
  auto x = kit.conv(kit.input({1, 3, 8, 8}), 4, {});
  const auto a = kit.conv(x, 4, {});
  const auto b = kit.conv(kit.conv(x, 4, {}), 4, {});
  const auto layers = layers_of(kit.finish({a, b}));
  // Once the first head is done, all that follows hangs on the second one's first op.
  REQUIRE(layers.size() == 3);
  CHECK(layers[1].branches.size() == 2);
  CHECK(!layers[1].join);
  CHECK(layers[2].branches[0].ops == std::vector<op_id>{3});

  graph_kit two{"two inputs"};
  const auto p = two.conv(two.input({1, 3, 8, 8}), 4, {});
  const auto q = two.conv(two.input({1, 3, 8, 8}), 4, {});
  const auto g = two.finish({two.sum(p, q)});
  const auto joined = layers_of(g);
  REQUIRE(joined.size() == 1);
  CHECK(joined[0].branches.size() == 2);
  CHECK(joined[0].entry == g.inputs);
}

TEST_CASE("layers hold every op once, in an order that respects what reads what") {
  REQUIRE(rc::check([] {
    random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    const auto g = random_graph(random, *rc::gen::inRange<std::size_t>(1, 20));
    std::vector<int> layer_of(g.ops.size(), -1);
    const auto layers = layers_of(g);
    for (int i = 0; i < static_cast<int>(layers.size()); ++i) {
      auto ops = std::accumulate(layers[i].branches.begin(), layers[i].branches.end(),
                                 std::vector<op_id>{}, [](auto all, const branch& b) {
                                   all.insert(all.end(), b.ops.begin(), b.ops.end());
                                   return all;
                                 });
      if (layers[i].join) ops.push_back(*layers[i].join);
      for (auto op : ops) {
        RC_ASSERT(layer_of[op] == -1);
        layer_of[op] = i;
      }
    }
    for (op_id op = 0; op < g.ops.size(); ++op) {
      RC_ASSERT(layer_of[op] != -1);
      for (auto input : g.ops[op].inputs)
        if (g.values[input].producer != no_id)
          RC_ASSERT(layer_of[g.values[input].producer] <= layer_of[op]);
    }
    // No value but graph inputs leaves a layer for a later one than the next, unless no op but the
    // last reads it: that is what a cut vertex is.
    for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
      std::vector<op_id> communication_bound;
      for (op_id op = 0; op < g.ops.size(); ++op)
        for (auto input : g.ops[op].inputs) {
          const auto producer = g.values[input].producer;
          if (producer != no_id && layer_of[producer] <= static_cast<int>(i) &&
              layer_of[op] > static_cast<int>(i))
            communication_bound.push_back(producer);
        }
      std::sort(communication_bound.begin(), communication_bound.end());
      communication_bound.erase(std::unique(communication_bound.begin(), communication_bound.end()),
                                communication_bound.end());
      RC_ASSERT(communication_bound.size() <= 1);
    }
  }));
}

TEST_CASE("Inception-v4 has 21 layers, 19 of them parallel, and a low ceiling") {
  const auto g = inception_v4_graph();
  const auto layers = layers_of(g);
  CHECK(layers.size() == 21);
  CHECK(std::count_if(layers.begin(), layers.end(), [](const layer& l) { return l.join; }) == 19);
  std::vector<double> weight;
  for (op_id op = 0; op < g.ops.size(); ++op) weight.push_back(macs(g, op));
  CHECK(total_macs(g) / critical_path(g, weight) == Approx(1.66).margin(0.01));
}

TEST_CASE("under their assumptions, the published figures for Inception-v4 on four devices") {
  const auto g = inception_v4_graph();
  const std::vector<std::pair<double, double>> published{
      {940, 1.59}, {300, 1.30}, {100, 1.03}, {50, 1.00}};
  for (const auto& [mbit, speedup] : published) {
    const auto s = shelf_of({6, 6, 6, 6}, mbit);
    const cost_model cost{g, s, wire_type::fp32};
    const auto problem = pose_seed(cost);
    double sum = 0;
    for (std::size_t i = 0; i < problem.layers.size(); ++i)
      sum += published_layer_ms(problem, cost, i, 6);
    INFO(mbit << " Mbit/s");
    CHECK(total_macs(g) / 6e6 / sum == Approx(speedup).margin(0.005));
  }
}

TEST_CASE("host and auxiliary: sums, and the transfer of the intermediate data") {
  const two_branches t{{1, 1}, 8};
  const cost_model cost{t.g, t.s, wire_type::fp32};
  const auto problem = pose_seed(cost);
  REQUIRE(problem.layers.size() == 1);
  const auto transfer = 1.024 + cost.latency_ms(0, 1);  // 1024 bytes in, and as many out
  CHECK(seed_layer_ms(problem, 0, {0, 0}) == Approx(30 + 20 + 2));
  CHECK(seed_layer_ms(problem, 0, {0, 1}) == Approx(30 + 2));
  CHECK(seed_layer_ms(problem, 0, {1, 0}) == Approx(30 + 2 * transfer + 2));
  CHECK(seed_layer_ms(problem, 0, {1, 1}) == Approx(30 + 20 + 3 * transfer + 2));
}

TEST_CASE("the homogeneous algorithm balances; the heterogeneous one knows who is slow") {
  const two_branches equal{{1, 1}};
  const cost_model cost{equal.g, equal.s, wire_type::fp32};
  CHECK(seed_homogeneous(pose_seed(cost)) == seed_assignment{{0, 1}});

  const two_branches slow{{1, 3}};
  const cost_model unequal{slow.g, slow.s, wire_type::fp32};
  const auto problem = pose_seed(unequal);
  CHECK(seed_homogeneous(problem) == seed_assignment{{0, 1}});
  CHECK(seed_heterogeneous(problem) == seed_assignment{{0, 0}});

  const two_branches fast{{3, 1}};
  const cost_model helper{fast.g, fast.s, wire_type::fp32};
  CHECK(seed_heterogeneous(pose_seed(helper)) == seed_assignment{{1, 1}});
}

TEST_CASE("the optimum is never worse than the greedy one, and no ceiling is passed") {
  REQUIRE(rc::check([] {
    random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    const auto g = random_graph(random, *rc::gen::inRange<std::size_t>(1, 16));
    const auto nodes = *rc::gen::inRange<std::uint16_t>(1, 4);
    const bool equal = random.chance(50);
    const auto s =
        equal ? shelf_of(std::vector<double>(nodes, 0.01), 200) : random_shelf(random, g, nodes);
    const cost_model cost{g, s, wire_type::fp32};
    const auto problem = pose_seed(cost);
    const auto exact = seed_cost_ms(problem, seed_exact(problem));
    const auto greedy = seed_cost_ms(problem, seed_heterogeneous(problem));
    RC_ASSERT(exact <= greedy * (1 + 1e-12));
    RC_ASSERT(exact <= seed_cost_ms(problem, seed_homogeneous(problem)) * (1 + 1e-12));
    RC_ASSERT(greedy <= cost.model_ms(problem.host) * (1 + 1e-12));
    if (equal) RC_ASSERT(exact >= critical_path(g, weights_of(cost)) * (1 - 1e-12));
  }));
}

TEST_CASE("the optimum is what trying everything finds") {
  REQUIRE(rc::check([] {
    random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    seed_problem problem;
    problem.devices = 3;
    problem.host = static_cast<std::size_t>(random.number(0, 2));
    const auto branches = static_cast<std::size_t>(random.number(1, 5));
    problem.layers.resize(1);
    auto& cost = problem.costs.emplace_back();
    auto ms = [&](std::size_t d) {
      return d == problem.host ? 0.0 : static_cast<double>(random.number(0, 9));
    };
    for (std::size_t d = 0; d < 3; ++d) cost.input_ms.push_back(ms(d));
    for (std::size_t b = 0; b < branches; ++b) {
      auto& time = cost.time.emplace_back();
      auto& output = cost.output_ms.emplace_back();
      for (std::size_t d = 0; d < 3; ++d) {
        time.push_back(static_cast<double>(random.number(1, 30)));
        output.push_back(ms(d));
      }
    }
    auto best = 1e9;
    std::vector<std::size_t> devices(branches, 0);
    for (std::size_t code = 0; code < static_cast<std::size_t>(std::pow(3, branches)); ++code) {
      auto rest = code;
      for (auto& d : devices) d = rest % 3, rest /= 3;
      best = std::min(best, seed_layer_ms(problem, 0, devices));
    }
    const auto found = seed_exact(problem);
    if (branches == 1)  // a chain stays on the host
      RC_ASSERT(found[0][0] == problem.host);
    else
      RC_ASSERT(seed_layer_ms(problem, 0, found[0]) == best);
  }));
}

TEST_CASE("a layer with too many branches for the optimum is said so") {
  graph_kit kit{"wide"};
  const auto x = kit.input({1, 4, 8, 8});
  std::vector<value_id> parts;
  parts.reserve(40);
  for (int i = 0; i < 40; ++i) parts.push_back(kit.conv(x, 4 + i % 7, {}));
  const auto g = kit.finish({kit.concat(parts)});
  const auto s = shelf_of({1, 1.1, 1.2, 1.3, 1.4, 1.5}, 1e5);
  const cost_model cost{g, s, wire_type::fp32};
  const auto problem = pose_seed(cost);
  CHECK(is_sentence(complaint_of([&] { seed_exact(problem); })));
  CHECK(!seed_heterogeneous(problem).empty());
}
