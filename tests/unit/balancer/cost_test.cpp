#include "balancer/cost/cost.hpp"

#include <rapidcheck.h>

#include <cmath>
#include <limits>

#include "balancer/bound/bound.hpp"
#include "balancer/simulate/simulate.hpp"
#include "config/defaults.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/inception_graph.hpp"
#include "tests/support/random_graph.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

/// One 1x1 convolution, 10 rows.
graph one_conv() {
  graph_kit kit{"one conv"};
  const auto x = kit.input({1, 4, 10, 5});
  return kit.finish({kit.conv(x, 8, {})});
}

region rows(std::int64_t begin, std::int64_t end) {
  return {{0, 8}, {begin, end}, {0, 5}};
}

/// Every op whole, mostly where the one before it is: few messages, as the best plans have.
void keep_together(plan& p, const graph& g, random_source& random) {
  p.pieces.clear();
  auto node = p.host;
  for (op_id op = 0; op < g.ops.size(); ++op) {
    if (random.chance(20))
      node = static_cast<std::uint16_t>(
          random.number(0, static_cast<std::int64_t>(p.nodes.size()) - 1));
    p.pieces.push_back({op, node, extent(g.values[g.ops[op].outputs[0]])});
  }
}

}  // namespace

TEST_CASE("gmacs is the rate of the whole model, pools and concats included") {
  const auto g = inception_v4_graph();
  const auto s = shelf_of({6, 3}, 940);
  const cost_model cost{g, s, wire_type::fp32};
  const auto overhead = defaults::piece_overhead_ms * static_cast<double>(g.ops.size());
  CHECK(cost.model_ms(0) - overhead == Approx(total_macs(g) / 6e6));
  CHECK(cost.model_ms(1) - overhead == Approx(total_macs(g) / 3e6));
  CHECK(total_macs(g) == Approx(12.3e9).epsilon(0.01));
  // Between 2 and 20 % for what has no MACs.
  double without = 0;
  for (op_id op = 0; op < g.ops.size(); ++op)
    if (macs(g, op) == 0) without += cost.whole_ms(0, op);
  CHECK(without > 0.02 * cost.model_ms(0));
  CHECK(without < 0.2 * cost.model_ms(0));
}

TEST_CASE("measured times are interpolated over rows and shared over channels and columns") {
  const auto g = one_conv();
  auto s = shelf_of({6}, 940);
  s.nodes[0].table.ops = {{{2, 3.0}, {5, 6.0}, {10, 9.0}}};
  const cost_model cost{g, s, wire_type::fp32};
  auto ms = [&](std::int64_t n) { return cost.piece_ms(0, 0, rows(0, n)); };
  CHECK(ms(10) == Approx(9));
  CHECK(ms(5) == Approx(6));
  CHECK(ms(2) == Approx(3));
  CHECK(ms(4) == Approx(5));
  CHECK(ms(8) == Approx(7.8));
  // The first two samples meet zero rows at 1 ms: that part does not shrink.
  CHECK(ms(1) == Approx(2));
  auto half = rows(0, 2);
  half.channels = {0, 4};
  CHECK(cost.piece_ms(0, 0, half) == Approx(2));
  CHECK(cost.least_ms(0, 0) == Approx(9));  // smaller pieces pay the fixed part more often
}

TEST_CASE("slices of channels cost what was measured of slices") {
  const auto g = one_conv();
  auto s = shelf_of({6}, 940);
  auto& table = s.nodes[0].table;
  table.ops = {{{2, 3.0}, {5, 6.0}, {10, 9.0}}};
  table.slices = {{{4, 5.0}, {8, 9.0}}};
  const cost_model cost{g, s, wire_type::fp32};
  auto ms = [&](std::int64_t n, std::int64_t channels) {
    auto part = rows(0, n);
    part.channels = {0, channels};
    return cost.piece_ms(0, 0, part);
  };
  CHECK(ms(10, 8) == Approx(9));
  CHECK(ms(10, 4) == Approx(5));
  CHECK(ms(10, 6) == Approx(7));
  CHECK(ms(10, 2) == Approx(3));  // the line through the samples meets no channels at 1 ms
  CHECK(ms(5, 4) == Approx(6 * 5 / 9.0));
  CHECK(cost.least_ms(0, 0) == Approx(9));
  table.slices = {{{4, 4.0}, {8, 9.0}}};  // half the channels in less than half the time
  CHECK(cost.least_ms(0, 0) == Approx(8));
  table.slices = {{{4, 0.0}, {8, 0.0}}};  // no time at all: as if there were none
  CHECK(ms(10, 4) == Approx(5));
}

TEST_CASE("a single sample is a proportion; noise cannot make a piece free or negative") {
  const auto g = one_conv();
  auto s = shelf_of({6, 6}, 940);
  s.nodes[0].table.ops = {{{10, 5.0}}};
  s.nodes[1].table.ops = {{{5, 9.0}, {10, 5.0}}};
  const cost_model cost{g, s, wire_type::fp32};
  CHECK(cost.piece_ms(0, 0, rows(0, 1)) == Approx(0.5));
  for (std::int64_t n = 1; n <= 10; ++n) CHECK(cost.piece_ms(1, 0, rows(0, n)) > 0);
  CHECK(cost.piece_ms(1, 0, rows(0, 1)) >= 2.5);
}

TEST_CASE("a node that was only measured needs no gmacs; ops without samples run at its rate") {
  graph_kit kit{"two convs"};
  const auto x = kit.input({1, 4, 10, 5});
  const auto g = kit.finish({kit.conv(kit.conv(x, 4, {}), 4, {})});
  auto s = shelf_of({0}, 940);
  s.nodes[0].table.ops = {{{10, 7.0}}, {}};
  const cost_model cost{g, s, wire_type::fp32};
  CHECK(cost.whole_ms(0, 1) == Approx(7 + defaults::piece_overhead_ms));
  s.nodes[0].table.ops = {{}, {}};
  CHECK(is_sentence(complaint_of([&] { cost_model{g, s, wire_type::fp32}; })));
}

TEST_CASE("links: the slower card, unless the link is known") {
  const auto g = one_conv();
  auto s = shelf_of({6, 6, 6}, 940);
  s.nodes[2].nic_mbit = 100;
  s.links = {{"pi2", "pi1", 50, 4.0}};
  const cost_model cost{g, s, wire_type::fp32};
  CHECK(cost.mbit(0, 2) == 100);
  CHECK(cost.mbit(2, 1) == 100);
  CHECK(cost.mbit(0, 1) == 50);
  CHECK(cost.mbit(1, 0) == 50);
  CHECK(cost.serialise_ms(0, 1, 1'000'000) == Approx(160));
  CHECK(cost.latency_ms(0, 1) == Approx(2 + defaults::message_latency_ms));
  CHECK(cost.latency_ms(0, 2) == Approx(defaults::rtt_ms / 2 + defaults::message_latency_ms));
}

TEST_CASE("the wire type decides the bytes of maps") {
  const auto g = one_conv();
  const auto s = shelf_of({6}, 940);
  const auto part = rows(0, 3);
  CHECK(cost_model(g, s, wire_type::fp32).wire_bytes(1, part) == 480);
  CHECK(cost_model(g, s, wire_type::fp16).wire_bytes(1, part) == 240);
  const cost_model int8{g, s, wire_type::int8}, fp16{g, s, wire_type::fp16};
  const auto scales = static_cast<std::uint64_t>(part.channels.size()) * 4;
  CHECK(int8.wire_bytes(1, part) == 120 + scales);
  // Each side converts; fp32 travels as it is.
  const auto handling = [](double bytes) {
    return defaults::message_cpu_ms + bytes / 1e6 * defaults::message_cpu_ms_per_mb;
  };
  CHECK(cost_model(g, s, wire_type::fp32).sent_ms(0, 1, part) == Approx(handling(480)));
  CHECK(fp16.sent_ms(0, 1, part) ==
        Approx(handling(240) + 480 / 1e6 * defaults::fp16_convert_ms_per_mb));
  CHECK(int8.received_ms(0, 1, part) == Approx(handling(120 + static_cast<double>(scales)) +
                                               480 / 1e6 * defaults::int8_convert_ms_per_mb));
}

TEST_CASE("messages cost each node what it says of itself") {
  const auto g = one_conv();
  auto s = shelf_of({6, 6}, 940);
  s.nodes[1].messages = {1, 100, 1000, 10, 20};
  const cost_model fp32{g, s, wire_type::fp32}, fp16{g, s, wire_type::fp16};
  const auto part = rows(0, 3);
  CHECK(fp32.sent_ms(1, 1, part) == Approx(1 + 480 / 1e6 * 100));
  CHECK(fp32.received_ms(1, 1, part) == Approx(1 + 480 / 1e6 * 1000));
  CHECK(fp16.received_ms(1, 1, part) == Approx(1 + 240 / 1e6 * 1000 + 480 / 1e6 * 10));
  CHECK(fp32.sent_ms(0, 1, part) < fp32.sent_ms(1, 1, part));
  CHECK(fp32.least_exchange_ms(0, 1) ==
        Approx(1 + defaults::message_cpu_ms + fp32.latency_ms(0, 1)));
  for (const auto wrong : {-1.0, std::nan("")}) {
    s.nodes[1].messages.received_ms_per_mb = wrong;
    CHECK_THROWS_AS(validate(s, "The shelf"), user_error);
  }
}

TEST_CASE("figures that are no figures are refused at the door") {
  const auto g = one_conv();
  auto refused = [&](auto&& change) {
    auto s = shelf_of({6, 6}, 940);
    s.nodes[0].table.ops = {{{10, 5.0}}};
    s.links = {{"pi1", "pi2", 100, 1}};
    REQUIRE_NOTHROW(cost_model{g, s, wire_type::fp32});
    change(s);
    CHECK(is_sentence(complaint_of([&] { cost_model{g, s, wire_type::fp32}; })));
  };
  for (const double wrong : {std::nan(""), std::numeric_limits<double>::infinity(), -1.0}) {
    refused([&](shelf& s) { s.nodes[1].gmacs = wrong; });
    refused([&](shelf& s) { s.nodes[1].nic_mbit = wrong; });
    refused([&](shelf& s) { s.links[0].mbit = wrong; });
    refused([&](shelf& s) { s.links[0].rtt_ms = wrong; });
    refused([&](shelf& s) { s.nodes[0].table.ops[0][0].ms = wrong; });
  }
  refused([](shelf& s) { s.nodes[1].gmacs = 0; });
  refused([](shelf& s) { s.nodes[0].table.ops[0].push_back({10, 6.0}); });
  refused([](shelf& s) { s.nodes[0].table.ops[0][0].rows = 0; });
  refused([](shelf& s) { s.nodes[0].table.slices = {{{8, 1.0}, {4, 1.0}}}; });
  refused([](shelf& s) { s.host = "pi9"; });
  refused([](shelf& s) { s.nodes.clear(); });
  refused([](shelf& s) { s.nodes[1].name = "pi1"; });
  refused([](shelf& s) { s.links[0].b = "pi9"; });
  refused([](shelf& s) { s.links.push_back({"pi2", "pi1", 10, 1}); });
}

TEST_CASE("no plan is quicker than the lower bound") {
  REQUIRE(rc::check([] {
    random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    const auto g = random_graph(random, *rc::gen::inRange<std::size_t>(1, 14));
    const auto nodes = *rc::gen::inRange<std::uint16_t>(1, 5);
    auto s = random_shelf(random, g, nodes);
    auto p = random_plan(random, g, nodes);
    s.host = p.nodes[p.host];
    if (random.chance(40)) {
      // Messages for nothing: what is left is work.
      for (auto& node : s.nodes) node.nic_mbit = 1e9;
      s.links.clear();
    } else if (random.chance(50)) {
      // Hardly any messages at all: one node does it, or waits for bytes.
      for (auto& node : s.nodes) node.nic_mbit *= 0.01;
    }
    if (random.chance(50)) keep_together(p, g, random);
    const std::vector<wire_type> wires{wire_type::fp32, wire_type::fp16, wire_type::int8};
    const cost_model cost{g, s, random.pick(wires)};
    const auto bound = lower_bound_ms(cost);
    RC_ASSERT(bound > 0);
    RC_ASSERT(bound <= simulate(derive(g, p), p, cost).makespan_ms * (1 + 1e-9));
  }));
}

TEST_CASE("the bound knows what must run whole, one after another") {
  graph_kit kit{"atoms"};
  auto x = kit.input({1, 2, 40, 40});
  x = kit.atom("test::first", {x}, {1, 2, 40, 40});
  x = kit.conv(x, 8, square(3, 1, 1));
  x = kit.atom("test::second", {x}, {1, 8, 40, 40});
  const auto g = kit.finish({x});
  const auto s = shelf_of({0.1, 0.1, 0.1, 0.1}, 940);
  const cost_model cost{g, s, wire_type::fp32};
  const auto least = cost.whole_ms(0, 0) + cost.least_ms(0, 1) / 4 + cost.whole_ms(0, 2);
  CHECK(lower_bound_ms(cost) == Approx(least));
}

TEST_CASE("the bound knows what must leave the host before others can help") {
  graph_kit kit{"two convs"};
  const auto x = kit.input({1, 16, 40, 40});
  const auto g = kit.finish({kit.conv(kit.conv(x, 16, square(3, 1, 1)), 16, {})});
  auto bound = [&](double mbit, wire_type wire) {
    const auto s = shelf_of({0.1, 0.1, 0.1, 0.1}, mbit);
    return lower_bound_ms(cost_model{g, s, wire});
  };
  const auto s = shelf_of({0.1, 0.1, 0.1, 0.1}, 1);
  const cost_model cost{g, s, wire_type::fp32};
  const auto alone = cost.model_ms(0);
  const auto bytes = 16 * 40 * 40 * 4;
  const auto line_ms = [&](double mbit) { return bytes * 8 / (mbit * 1e3); };
  // Of the time t the host works t, and t / line_ms of the work is elsewhere.
  for (const double mbit : {bytes * 8 / (alone * 1e4), bytes * 8 / (alone * 1e3)}) {
    CHECK(bound(mbit, wire_type::fp32) == Approx(alone / (1 + alone / line_ms(mbit))));
    CHECK(bound(mbit, wire_type::fp16) == Approx(alone / (1 + 2 * alone / line_ms(mbit))));
  }
  // Bytes for nothing: three wait for their first message.
  const auto first = 2 * defaults::message_cpu_ms + cost.latency_ms(0, 1);
  CHECK(bound(1e6, wire_type::fp32) == Approx((alone + 3 * first) / 4).epsilon(1e-3));
}
