#include "balancer/simulate/simulate.hpp"

#include <rapidcheck.h>

#include <cmath>

#include "balancer/simulate/simulator.hpp"
#include "config/defaults.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/random_graph.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

constexpr auto whole_map = region{{0, 4}, {0, 8}, {0, 8}};

/// x -> a -> b, 1x1 convolutions of 10 ms each on any node, 1024 bytes of map between them.
struct chain {
  graph g;
  shelf s = shelf_of({6, 6, 6}, 8);  // 1 kB per ms
  plan p;

  explicit chain(int ops = 2) {
    graph_kit kit{"chain"};
    auto x = kit.input({1, 4, 8, 8});
    for (int i = 0; i < ops; ++i) x = kit.conv(x, 4, {});
    g = kit.finish({x});
    for (auto& node : s.nodes) {
      node.table.ops.assign(g.ops.size(), {{8, 10.0}});
      p.nodes.push_back(node.name);
    }
  }
  simulation run(bool with_events = false) const {
    validate(p, g);
    return simulate(derive(g, p), p, cost_model{g, s, wire_type::fp32}, with_events);
  }
};

constexpr double handling = defaults::message_cpu_ms + 1024 * defaults::message_cpu_ms_per_mb / 1e6;
constexpr double flight = 1.024 + defaults::rtt_ms / 2 + defaults::message_latency_ms;

}  // namespace

TEST_CASE("alone, the steps follow one another and nothing is sent") {
  chain c;
  c.p.pieces = {{0, 0, whole_map}, {1, 0, whole_map}};
  const auto result = c.run();
  CHECK(result.makespan_ms == Approx(20));
  CHECK(result.busy_ms[0] == Approx(20));
  CHECK(result.busy_ms[1] == 0);
  CHECK(result.bytes_out == std::vector<std::uint64_t>{0, 0, 0});
}

TEST_CASE("there and back: handling, line, latency, and the same again") {
  chain c;
  c.p.pieces = {{0, 1, whole_map}, {1, 1, whole_map}};
  const auto result = c.run();
  // The host hands over the input; pi2 takes it, computes, hands over the result.
  CHECK(result.makespan_ms == Approx(handling + flight + handling + 10 + 10 + handling + flight));
  CHECK(result.bytes_out[0] == 1024);
  CHECK(result.bytes_out[1] == 1024);
  CHECK(result.busy_ms[0] == Approx(handling));
}

TEST_CASE("a network card carries one message at a time in each direction") {
  chain c{1};
  // Three strips: the host sends to both others, one after the other, and receives likewise.
  c.p.pieces = {{0, 0, {{0, 4}, {0, 2}, {0, 8}}},
                {0, 1, {{0, 4}, {2, 5}, {0, 8}}},
                {0, 2, {{0, 4}, {5, 8}, {0, 8}}}};
  const auto result = c.run(true);
  std::vector<timeline_event> sends;
  for (const auto& event : result.events)
    if (event.kind == timeline_event::kind_t::send) sends.push_back(event);
  REQUIRE(sends.size() == 4);
  CHECK(sends[1].begin_ms >= sends[0].end_ms);
  CHECK(sends[3].begin_ms >= sends[2].end_ms);
  CHECK(sends[0].end_ms - sends[0].begin_ms == Approx(0.384));
}

TEST_CASE("sending overlaps with computing") {
  chain c{3};
  // pi1 makes both halves of a, pi2 reads one of them while pi1 goes on with the other.
  c.p.pieces = {{0, 0, whole_map},
                {1, 0, {{0, 4}, {0, 4}, {0, 8}}},
                {1, 1, {{0, 4}, {4, 8}, {0, 8}}},
                {2, 0, {{0, 4}, {0, 4}, {0, 8}}},
                {2, 1, {{0, 4}, {4, 8}, {0, 8}}}};
  const auto result = c.run();
  CHECK(result.makespan_ms < 10 + 10 + 2 * flight + 6 * handling);
  CHECK(result.makespan_ms > 10 + 10);
}

TEST_CASE("of several ready steps the first of the list runs") {
  graph_kit kit{"fork"};
  const auto x = kit.input({1, 4, 8, 8});
  const auto shorter = kit.conv(x, 4, {});
  const auto longer = kit.conv(kit.conv(x, 8, {}), 4, {});
  const auto g = kit.finish({kit.concat({shorter, longer})});
  plan p;
  p.nodes = {"pi1"};
  for (op_id op = 0; op < g.ops.size(); ++op)
    p.pieces.push_back({op, 0, extent(g.values[g.ops[op].outputs[0]])});
  const auto s = shelf_of({1}, 940);
  const auto prog = derive(g, p);
  const auto result = simulate(prog, p, cost_model{g, s, wire_type::fp32}, true);
  REQUIRE(result.events.size() == 4);
  for (std::uint32_t i = 0; i < 4; ++i) CHECK(result.events[i].index == i);
  // Longest way first.
  CHECK(prog.nodes[0].steps[0].op == 1);
}

TEST_CASE("whatever the plan: work and bytes are all accounted for, and nothing overlaps itself") {
  REQUIRE(rc::check([] {
    random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    const auto g = random_graph(random, *rc::gen::inRange<std::size_t>(1, 12));
    const auto p = random_plan(random, g, 4);
    auto s = random_shelf(random, g, 4);
    s.host = p.nodes[p.host];
    const cost_model cost{g, s, wire_type::fp16};
    const auto prog = derive(g, p);
    const auto result = simulate(prog, p, cost, true);

    std::vector<double> least(4, 0);
    for (const auto& part : p.pieces)
      least[part.node] += cost.piece_ms(part.node, part.op, part.out);
    std::vector<std::uint64_t> bytes(4, 0);
    for (const auto& t : prog.transfers) bytes[t.from] += cost.wire_bytes(t.value, t.part);
    RC_ASSERT(result.bytes_out == bytes);
    std::vector<double> computing_until(4, 0), sending_until(4, 0), receiving_until(4, 0);
    for (const auto& event : result.events) {
      RC_ASSERT(event.end_ms <= result.makespan_ms + 1e-9);
      if (event.kind == timeline_event::kind_t::compute) {
        RC_ASSERT(event.begin_ms >= computing_until[event.node]);
        computing_until[event.node] = event.end_ms;
      } else {
        RC_ASSERT(event.begin_ms >= sending_until[event.node]);
        sending_until[event.node] = event.end_ms;
        auto& receiving = receiving_until[prog.transfers[event.index].to];
        RC_ASSERT(event.begin_ms >= receiving);
        receiving = event.end_ms;
      }
    }
    for (std::size_t n = 0; n < 4; ++n) {
      RC_ASSERT(result.busy_ms[n] >= least[n] - 1e-9);
      RC_ASSERT(result.busy_ms[n] <= result.makespan_ms + 1e-9);
    }
    RC_ASSERT(simulate(prog, p, cost).makespan_ms == result.makespan_ms);
  }));
}

TEST_CASE("what is wanted earlier overtakes on the line, and no line idles while something waits") {
  REQUIRE(rc::check([] {
    random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    const auto g = random_graph(random, *rc::gen::inRange<std::size_t>(2, 12));
    const auto p = random_plan(random, g, 3);
    auto s = random_shelf(random, g, 3);
    s.host = p.nodes[p.host];
    const auto prog = derive(g, p);
    const auto result = simulate(prog, p, cost_model{g, s, wire_type::fp32}, true);
    const auto transfers = prog.transfers.size();
    std::vector<double> offered(transfers, -1), begin(transfers, 0), end(transfers, 0);
    for (const auto& event : result.events) {
      if (event.kind == timeline_event::kind_t::send) {
        begin[event.index] = event.begin_ms;
        end[event.index] = event.end_ms;
        continue;
      }
      for (auto t : prog.nodes[event.node].steps[event.index].sends) offered[t] = event.end_ms;
    }
    // Busy: some transfer uses this direction of this node's card at that time.
    auto busy = [&](auto direction, std::uint16_t node, double at) {
      for (std::size_t t = 0; t < transfers; ++t)
        if (prog.transfers[t].*direction == node && begin[t] <= at && at < end[t]) return true;
      return false;
    };
    for (std::size_t a = 0; a < transfers; ++a) {
      if (offered[a] < 0) continue;  // of the inputs
      const auto& t = prog.transfers[a];
      if (begin[a] > offered[a])
        RC_ASSERT(busy(&transfer::from, t.from, offered[a]) ||
                  busy(&transfer::to, t.to, offered[a]));
      for (std::size_t b = a + 1; b < transfers; ++b)
        if (prog.transfers[b].from == t.from && prog.transfers[b].to == t.to &&
            offered[a] <= begin[b])
          RC_ASSERT(begin[a] <= begin[b]);
    }
  }));
}

TEST_CASE("a run that is given up would have been too long, and no other is") {
  REQUIRE(rc::check([] {
    random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    const auto g = random_graph(random, *rc::gen::inRange<std::size_t>(1, 10));
    const auto nodes = *rc::gen::inRange<std::uint16_t>(1, 5);
    const auto s = random_shelf(random, g, nodes);
    const auto p = random_plan(random, g, nodes);
    const cost_model cost{g, s, wire_type::fp32};
    schedule_builder builder{g};
    schedule all;
    builder.build(table_of(p, g), nodes, p.host, 0, static_cast<op_id>(g.ops.size()), all);
    simulator sim{cost};
    const auto whole = sim.run(all);
    const auto busy = sim.load(all);
    for (std::size_t n = 0; n < nodes; ++n)
      RC_ASSERT(std::abs(busy[n] - whole.busy_ms[n]) <= 1e-9 * (1 + busy[n]));
    const auto ms = whole.makespan_ms;
    RC_ASSERT(sim.makespan_below(all, ms * (1 + 1e-6) + 1e-9) == ms);
    RC_ASSERT(!sim.makespan_below(all, ms));
    RC_ASSERT(!sim.makespan_below(all, ms * static_cast<double>(random.number(0, 99)) / 100));
    RC_ASSERT(sim.run(all).makespan_ms == ms);
  }));
}

TEST_CASE("a program that waits for itself is a defect, not an endless loop") {
  chain c;
  c.p.pieces = {{0, 0, whole_map}, {1, 0, whole_map}};
  auto prog = derive(c.g, c.p);
  prog.nodes[0].steps[0].after = {1};
  const cost_model cost{c.g, c.s, wire_type::fp32};
  CHECK_THROWS_AS(simulate(prog, c.p, cost), std::logic_error);
}
