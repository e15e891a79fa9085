#include "balancer/simulate/timeline.hpp"

#include <rapidcheck.h>

#include <nlohmann/json.hpp>

#include "balancer/search/planner.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/inception_graph.hpp"
#include "tests/support/random_graph.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

struct sample {
  graph g = inception_v4_graph();
  shelf s = shelf_of({6, 6, 3}, 300);
  plan p = make_plan(g, s, {"seed", wire_type::fp32});
  cost_model cost{g, s, wire_type::fp32};
  timeline t = timeline_of(p, cost);
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("the critical path leads without a gap in time from the input to the answer") {
  REQUIRE(rc::check([] {
    random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    const auto g = random_graph(random, *rc::gen::inRange<std::size_t>(1, 12));
    const auto nodes = *rc::gen::inRange<std::uint16_t>(1, 4);
    const auto s = random_shelf(random, g, nodes);
    const cost_model cost{g, s, wire_type::fp32};
    auto p = random_plan(random, g, nodes);
    p.host = static_cast<std::uint16_t>(s.index_of(s.host));
    p.verdicts.resize(nodes);
    const auto t = timeline_of(p, cost);
    RC_ASSERT(!t.critical.empty());
    double most_latency = 0;
    for (std::size_t a = 0; a < nodes; ++a)
      for (std::size_t b = 0; b < nodes; ++b)
        most_latency = std::max(most_latency, cost.latency_ms(a, b));
    double at = -1;
    for (auto i : t.critical) {
      const auto& event = t.run.events[i];
      // Only the host's first hand-overs (which are no events) and flights lie between.
      if (at >= 0) RC_ASSERT(event.begin_ms - at <= most_latency + t.run.busy_ms[p.host] + 1e-6);
      RC_ASSERT(event.begin_ms >= at - 1e-6);
      at = event.end_ms;
    }
    RC_ASSERT(t.run.makespan_ms - at <= most_latency + 1e-6);
    RC_ASSERT(t.critical_compute_ms + t.critical_wire_ms + t.critical_latency_ms <=
              t.run.makespan_ms + 1e-6);
    std::uint64_t sent = 0, linked = 0;
    for (auto bytes : t.run.bytes_out) sent += bytes;
    for (auto bytes : t.link_bytes) linked += bytes;
    RC_ASSERT(sent == linked);
    for (std::size_t n = 0; n < nodes; ++n)
      RC_ASSERT(t.idle_ms[n] + t.run.busy_ms[n] >= t.run.makespan_ms - 1e-6);
    RC_ASSERT(!gantt_svg(t, p, cost).empty());
    RC_ASSERT(!explain(t, p, cost).empty());
    RC_ASSERT(nlohmann::json::accept(trace_json(t, p, cost)));
  }));
}

TEST_CASE("on one node the critical path is all of its steps") {
  const auto g = inception_v4_graph();
  const auto s = shelf_of({6}, 940);
  const auto p = make_plan(g, s, {"one", wire_type::fp32});
  const cost_model cost{g, s, wire_type::fp32};
  const auto t = timeline_of(p, cost);
  CHECK(t.critical.size() == g.ops.size());
  CHECK(t.critical_compute_ms == Approx(p.predicted_ms));
  CHECK(t.critical_wire_ms == 0);
  CHECK(t.idle_ms[0] == Approx(0).margin(1e-9));
}

TEST_CASE("a trace has every step and every transfer, in microseconds") {
  const sample all;
  const auto trace = nlohmann::json::parse(trace_json(all.t, all.p, all.cost));
  std::size_t computes = 0, sends = 0;
  double end = 0;
  for (const auto& event : trace["traceEvents"]) {
    if (event["ph"] != "X") continue;
    (event["cat"] == "compute" ? computes : sends) += 1;
    end = std::max(end, event["ts"].get<double>() + event["dur"].get<double>());
  }
  CHECK(computes == all.p.pieces.size());
  CHECK(sends == all.t.prog.transfers.size());
  CHECK(end <= all.p.predicted_ms * 1e3 * 1.000001);
  CHECK(end > all.p.predicted_ms * 1e3 * 0.99);
}

TEST_CASE("the chart names model, shelf, nodes and what the colours mean") {
  sample all;
  all.p.model = "a<b>&\"c\"";
  const auto svg = gantt_svg(all.t, all.p, all.cost);
  CHECK(svg.starts_with("<svg "));
  CHECK(svg.ends_with("</svg>\n"));
  for (const auto* part :
       {"a&lt;b&gt;&amp;&quot;c&quot;", "shelf of 3 nodes", "pi1", "pi2", "pi3", "computes",
        "sends", "waits", "critical path", "lower bound", "milliseconds"})
    CHECK(contains(svg, part));
  CHECK(!contains(svg, "a<b>"));
  CHECK(count(svg, "<rect") > 20);
}

TEST_CASE("an explanation covers every op, the bound and the critical path") {
  const sample all;
  const auto said = explain(all.t, all.p, all.cost);
  INFO(said);
  CHECK(contains(said, "branches on different nodes"));
  CHECK(contains(said, "whole on pi1"));
  CHECK(contains(said, "no plan takes less than"));
  CHECK(contains(said, "critical path: "));
  CHECK(contains(said, "pi1 to pi2 "));
  CHECK(contains(said, "-" + std::to_string(all.g.ops.size() - 1) + ", up to"));
}
