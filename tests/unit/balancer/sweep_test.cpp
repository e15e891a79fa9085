#include "balancer/report/sweep.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/inception_graph.hpp"
#include "tests/support/random_graph.hpp"

using namespace bramble;
using namespace bramble::test;

TEST_CASE("axes are ranges and lists") {
  const auto axes = parse_sweep({"rate=940,50,50", "nodes=1..3,8"});
  CHECK(axes.nodes == std::vector<std::size_t>{1, 2, 3, 8});
  CHECK(axes.rate_mbit == std::vector<double>{50, 940});
  CHECK(parse_sweep({}).nodes.size() == 8);
  CHECK(parse_sweep({"nodes=2"}).rate_mbit.size() == 4);
  for (const auto* word : {"nodes", "nodes=", "nodes=0", "nodes=3..1", "nodes=1..999", "nodes=x",
                           "rate=0", "rate=-5", "rate=nan", "rate=1e99", "speed=3", "rate=1,,2"}) {
    const auto said = complaint_of([&] { parse_sweep({word}); });
    INFO(word << ": " << said);
    CHECK(contains(said, "--sweep"));
    CHECK(is_sentence(said));
  }
  CHECK(contains(complaint_of([] { parse_sweep({"nodes=1", "nodes=2"}); }), "each once"));
}

TEST_CASE("a sweep's shelves have the host first and cards of the rate") {
  auto s = shelf_of({1, 2, 3}, 940);
  s.host = "pi2";
  s.links = {{"pi1", "pi2", 10, 1}};
  const auto two = shelf_of_sweep(s, 2, 50);
  REQUIRE(two.nodes.size() == 2);
  CHECK(two.nodes[0].name == "pi2");
  CHECK(two.nodes[1].name == "pi1");
  CHECK(two.nodes[1].nic_mbit == 50);
  CHECK(two.links.empty());
  CHECK(contains(complaint_of([&] { shelf_of_sweep(s, 4, 50); }), "the shelf has 3"));
}

TEST_CASE("a sweep is a table, a plot with the ceiling drawn in, and JSON") {
  const auto g = inception_v4_graph();
  std::vector<std::string> heard;
  const auto result = run_sweep(g, shelf_of({6, 6, 6}, 940), {"bramble", wire_type::fp16},
                                parse_sweep({"nodes=1..3", "rate=50,940"}),
                                [&](const std::string& line) { heard.push_back(line); });
  REQUIRE(result.points.size() == 6);
  CHECK(heard.size() == 6);
  CHECK(heard[4] == "planning 5 of 6: 2 nodes at 940 Mbit/s");
  for (const auto& point : result.points) {
    CHECK(point.speedup() <= point.ceiling() * (1 + 1e-9));
    CHECK(point.speedup() >= 1 - 1e-9);
  }
  CHECK(result.points[5].speedup() > 2);

  const auto table = sweep_table(result);
  REQUIRE(table.size() == 4);
  CHECK(table[0] == std::vector<std::string>{"nodes", "50 Mbit/s", "940 Mbit/s"});
  CHECK(table[1][1] == "1.00 (1.00)");
  const auto json = sweep_json(result);
  CHECK(json["points"].size() == 6);
  CHECK(json["wire"] == "fp16");
  const auto svg = sweep_svg(result);
  CHECK(svg.starts_with("<svg "));
  for (const auto* part : {"inception_v4", "940 Mbit/s", "devices", "speed-up", "stroke-dasharray"})
    CHECK(contains(svg, part));
}
