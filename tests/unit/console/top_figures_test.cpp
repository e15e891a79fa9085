// What `bramble top` makes of reports.
#include "console/top/figures.hpp"
#include "console/top/forecast.hpp"
#include "console/top/history.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/graph_kit.hpp"
#include "tests/support/top_samples.hpp"

using namespace bramble;
using namespace bramble::test;

TEST_CASE("load is what plans take of a node, for as many requests as come") {
  auto now = three_nodes_at_work();
  CHECK(load_of("pi1", now) == Approx(0.5));
  CHECK(load_of("pi2", now) == Approx(0.4));
  CHECK(load_of("pi3", now) == Approx(0));
  // An older plan of the model gets no requests any more.
  auto older = now.hosts[0].plans[0];
  older.p.epoch = 3;
  now.hosts[0].plans.push_back(older);
  CHECK(load_of("pi1", now) == Approx(0.5));
  now.shelf.nodes[0].report.loads[0].per_second = 100;
  CHECK(load_of("pi1", now) == Approx(1));
  now.hosts.clear();
  CHECK_FALSE(load_of("pi1", now));
}

TEST_CASE("a link's use is what a request sends over it, for as many as come") {
  auto now = three_nodes_at_work();
  const auto& link = now.shelf.nodes[0].report.links[0];
  CHECK(use_of(link, "pi1", now) == Approx(2 * 50e6 * 8 / 940e6));
  CHECK(use_of(link, "pi3", now) == Approx(0));
  now.request.reset();
  CHECK_FALSE(use_of(link, "pi1", now));
}

TEST_CASE("a second has what was asked, the latency of the plan at work, and changes of plans") {
  auto now = three_nodes_at_work();
  auto& host = now.hosts[0];
  host.switches = {{"inception_v4", "bramble", 5, 6, "before anybody looked", 10, 0, 0, 0, 0}};
  top_history history;
  history.add(now.shelf, now.hosts);
  CHECK(history.samples().back().requests == 2);
  CHECK(history.samples().back().latency_ms == 390.0);
  CHECK_FALSE(history.samples().back().plan_changed);

  host.switches.push_back({"inception_v4", "bramble", 6, 7, "it is slow", 0, 0, 0, 0, 0});
  host.plans[0].runs = 13;
  host.plans[0].measured_ms = 300;
  history.add(now.shelf, now.hosts);
  CHECK(history.samples().back().plan_changed);
  CHECK(history.samples().back().latency_ms == 300.0);

  history.add(now.shelf, now.hosts);
  CHECK_FALSE(history.samples().back().plan_changed);
  CHECK(history.samples().back().latency_ms == 300.0);  // still asked

  // A plan that answered and went between two looks.
  host.switches.push_back({"inception_v4", "bramble", 7, 8, "it is slower", 0, 500, 520, 0, 0});
  history.add(now.shelf, now.hosts);
  CHECK(history.samples().back().latency_ms == 520.0);

  now.shelf.nodes[0].report.loads.clear();
  history.add(now.shelf, now.hosts);
  CHECK_FALSE(history.samples().back().latency_ms);
  CHECK(history.samples().back().requests == 0);
}

TEST_CASE("a plan's forecast has who computes when, and what crosses the links") {
  graph_kit kit{"m"};
  const auto x = kit.input({1, 3, 32, 32});
  window win;
  win.kernel = {3, 3};
  win.padding = {1, 1};
  const auto g = kit.finish({kit.conv(kit.conv(x, 8, win), 8, win)});
  plan p;
  p.model = "m";
  p.identity = "identity";
  p.method = "bramble";
  p.nodes = {"pi1", "pi2"};
  const auto rows = [](std::int64_t from, std::int64_t to) {
    return region{{0, 8}, {from, to}, {0, 32}};
  };
  p.pieces = {{0, 0, rows(0, 16)}, {0, 1, rows(16, 32)}, {1, 0, rows(0, 16)}, {1, 1, rows(16, 32)}};
  p.predicted_ms = 1;
  capacity_report one{"pi1", 1, 1000, {}, {}, {{"pi2", 100, 1}}, {}, ""};
  auto two = one;
  two.node = "pi2";
  two.links = {{"pi1", 100, 1}};
  const auto forecast = forecast_of(p, g, {one, two});
  REQUIRE(forecast.computes.size() == 2);
  CHECK(forecast.compute_ms[0] > 0);
  CHECK(forecast.computes[0].back().end_ms <= p.predicted_ms);
  CHECK(forecast.computes[0].back().end_ms > p.predicted_ms / 2);
  CHECK_FALSE(forecast.computes[1].empty());
  CHECK(forecast.computes[1].front().begin_ms > 0);  // it waits for its rows of the input
  CHECK(forecast.bytes.at({"pi1", "pi2"}) > 0);
  CHECK(forecast.bytes.at({"pi2", "pi1"}) > 0);

  using event = trace_event::kind_t;
  const run_trace host{1, "pi1", 500, 600, p, {{event::piece, 0, rows(0, 16), 510, 540, 0, 0}}};
  const run_trace other{1,    "pi2", 1500,
                        1600, p,     {{event::piece, 0, rows(16, 32), 1520, 1550, 5, 5}}};
  const auto view = view_of({{{host, 0, 0}, {other, -1000, 0}}}, forecast);
  REQUIRE(view.nodes.size() == 2);
  CHECK(view.measured_ms == 100);
  CHECK(view.nodes[1].measured.front().begin_ms == Approx(20));
  CHECK(view.nodes[1].measured.front().end_ms == Approx(50));
  CHECK(view.nodes[0].gmacs == Approx(macs(g, 0, rows(0, 16)) / 30 / 1e6));
  CHECK(view.nodes[1].gmacs == Approx(macs(g, 0, rows(16, 32)) / 20 / 1e6));

  // A node that has become slow since is none that was counted on to be so.
  p.predicted_ms = 0;  // not stretched
  const auto promised = forecast_of(p, g, {one, two}).compute_ms;
  p.verdicts.resize(2);
  for (std::size_t n = 0; n < 2; ++n) p.verdicts[n].busy_ms = promised[n];
  two.gmacs /= 4;
  const auto later = forecast_of(p, g, {one, two});
  CHECK(later.compute_ms[0] == Approx(promised[0]).epsilon(0.02));
  CHECK(later.compute_ms[1] == Approx(promised[1]).epsilon(0.02));

  p.pieces[0].op = 9;
  CHECK(is_sentence(complaint_of([&] { forecast_of(p, g, {one, two}); })));
}
