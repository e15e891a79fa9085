#include "console/load_report.hpp"

#include "config/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/graph_kit.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

load_plan plan_of(const offered_load& load) {
  graph_kit k{"chain"};
  auto x = k.input({1, 32, 112, 112});
  for (int i = 0; i < 6; ++i) x = k.conv(x, 32, square(3, 1, 1));
  shelf s;
  s.host = "pi1";
  for (const char* name : {"pi1", "pi2", "pi3", "pi4"}) s.nodes.push_back({name, 6, 4096, 940, {}});
  return plan_load(k.finish({x}), s, wire_type::fp32, 1, load);
}

/// Requests a second that the shelf can answer where each node makes them whole.
double most_of_shelf() {
  static const double most = [] {
    offered_load light;
    light.per_second = 1;
    return most_per_second(plan_of(light).ways.back());
  }();
  return most;
}

}  // namespace

TEST_CASE("loads as they are typed") {
  CHECK(parse_load("3/s") == 3);
  CHECK(parse_load("0.5") == 0.5);
  for (const char* bad : {"", "/s", "0/s", "-1", "3/m", "nan", "1e9"})
    CHECK(is_sentence(complaint_of([&] { parse_load(bad); })));
}

TEST_CASE("a light load is answered by all nodes, a heavy one needs each by itself") {
  offered_load load;
  load.per_second = 0.5;
  const auto light = plan_of(load);
  CHECK(light.shelf.times.p50_ms == Approx(light.times[0].p50_ms).epsilon(0.05));
  CHECK(light.shelf.per_second == Approx(0.5).epsilon(0.1));
  load.per_second = 0.97 * most_of_shelf();
  const auto heavy = plan_of(load);
  const auto text = describe(heavy);
  CHECK(contains(text, "grows"));  // where all share each request
  CHECK(contains(text, "each of 4 nodes makes requests whole"));
  CHECK(heavy.shelf.times.p50_ms < 1.5 * heavy.times.back().p50_ms);
  CHECK(to_json(heavy)["ways"][0]["keeps_up"] == false);
}

TEST_CASE("in between, changing between ways is about as quick as the best of them") {
  for (const double share : {0.4, 0.6, 0.8}) {
    offered_load load;
    load.per_second = share * most_of_shelf();
    const auto p = plan_of(load);
    auto best = p.times[0].mean_ms;
    for (const auto& each : p.times) best = std::min(best, each.mean_ms);
    INFO(share << ": " << describe(p));
    CHECK(p.shelf.times.mean_ms < 1.25 * best);
  }
}

TEST_CASE("a load beyond the shelf is told to be that") {
  offered_load load;
  load.per_second = 2 * most_of_shelf();
  CHECK(contains(describe(plan_of(load)), "more than the shelf can do"));
}

TEST_CASE("clients that wait for their answers") {
  offered_load load;
  const auto one = plan_of(load);
  CHECK(one.shelf.times.p50_ms == Approx(one.times[0].p50_ms));
  CHECK(one.shelf.changes == 0);
  load.clients = 8;
  const auto eight = plan_of(load);
  CHECK(contains(describe(eight), "with 8 clients"));
  CHECK(eight.shelf.per_second > 0.95 * most_of_shelf());
}

TEST_CASE("what is asked of a host in words") {
  const auto text = describe_load(
      {{"m", 1.5, 2, 3, 140}}, {{"m", "each of 4 nodes makes requests whole", "5 are there", 9}});
  CHECK(
      contains(text, "load of m: 1.50 requests/s, 2 under way, 3 waiting for their turn (140 ms)"));
  CHECK(contains(text, "each of 4 nodes makes requests whole, for 9 s: 5 are there"));
  CHECK(describe_load({}, {}).empty());
  model_load refusing{"m", 1.5, 2, 3, 140};
  refusing.refused = 7;
  CHECK(contains(describe_load({refusing}, {}), ", 7 refused as busy"));
  load_way rounded{"m", "all 4 nodes share each request", "", 9};
  rounded.wire = "fp16";
  rounded.most_per_second = 2.06;
  CHECK(contains(describe_load({}, {rounded}), "way with m with fp16: "));
  CHECK(contains(describe_load({}, {rounded}), "; at most 2.06 a second"));
}
