#include "console/request_trace.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/graph_kit.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

using kind = trace_event::kind_t;

/// pi1 is host and takes 100 ms; pi2's clock is 1000 ms ahead of its.
request_trace two_nodes() {
  plan p;
  p.model = "m";
  p.method = "bramble";
  p.nodes = {"pi1", "pi2"};
  p.pieces = {{0, 0, {}}, {0, 1, {}}};
  p.predicted_ms = 90;
  p.verdicts = {{true, "", 55, 0, 0, 0}, {true, "", 35, 0, 0, 0}};
  const run_trace host{7,
                       "pi1",
                       500,
                       600,
                       p,
                       {{kind::sent, 0, {}, 501, 501, 0, 0},
                        {kind::piece, 0, {}, 510, 540, 3, 1},
                        {kind::received, 1, {}, 560, 560, 0, 0},
                        {kind::piece, 1, {}, 570, 600, 0, 0}}};
  const run_trace other{7,
                        "pi2",
                        1502,
                        1600,
                        p,
                        {{kind::received, 0, {}, 1505, 1505, 0, 0},
                         {kind::piece, 0, {}, 1510, 1550, 5, 0},
                         {kind::sent, 1, {}, 1550, 1550, 0, 0}}};
  return {{{host, 0, 0.1}, {other, -1000, 0.2}}};
}

}  // namespace

TEST_CASE("a node's time of a request is divided without rest") {
  const auto trace = two_nodes();
  const auto host = shares_of(trace, 0);
  CHECK(host.computing_ms == Approx(26 + 30));
  CHECK(host.messages_ms == Approx(3));
  CHECK(host.encryption_ms == Approx(1));
  CHECK(host.waiting_ms == Approx(30));
  CHECK(host.before_ms == Approx(10));
  CHECK(host.after_ms == Approx(0).margin(1e-9));
  CHECK(host.planned_busy_ms == 55);
  const auto other = shares_of(trace, 1);
  CHECK(other.computing_ms == Approx(35));
  CHECK(other.before_ms == Approx(10));
  CHECK(other.after_ms == Approx(50));
  for (const auto& s : {host, other})
    CHECK(s.busy_ms() + s.waiting_ms + s.before_ms + s.after_ms == Approx(100));
}

TEST_CASE("where a request's time went is told beside the plan") {
  const auto text = describe_where(two_nodes());
  CHECK(contains(text, "100.0 ms, 111 % of predicted"));
  CHECK(contains(text, "pi2"));
  const auto json = where_json(two_nodes());
  CHECK(json["latency_ms"] == 100);
  CHECK(json["nodes"][1]["name"] == "pi2");
}

TEST_CASE("a real request is drawn by one clock, with an arrow for each transfer") {
  graph_kit kit{"m"};
  const auto g = kit.finish({kit.conv(kit.input({1, 1, 4, 4}), 1, {})});
  const auto drawn = nlohmann::json::parse(trace_json(two_nodes(), g));
  std::size_t pieces = 0, starts = 0, ends = 0;
  for (const auto& event : drawn["traceEvents"]) {
    const auto phase = event["ph"].get<std::string>();
    pieces += phase == "X" ? 1 : 0;
    starts += phase == "s" ? 1 : 0;
    ends += phase == "f" ? 1 : 0;
    if (phase == "X") CHECK(event["ts"].get<double>() < 100'000);
  }
  CHECK(pieces == 3);
  CHECK(starts == 2);
  CHECK(ends == 2);
}
