#include "console/owner_report.hpp"

#include "tests/support/catch.hpp"

using namespace bramble;

TEST_CASE("a report for others has machines and times, and nobody's name or address") {
  bench_result result;
  result.order.model = "inception_v4";
  result.macs = 12e9;
  result.shelf.cluster = "secret-cluster";
  result.shelf.self = "secret-host";
  for (const std::string name : {"secret-first", "secret-host"}) {
    node_status node;
    node.name = name;
    node.address = "secret-place:7741";
    node.addresses = {"secret-place"};
    node.report.name = name;
    node.report.board = name == "secret-host" ? "Raspberry Pi 5" : "Raspberry Pi 4";
    node.report.gmacs = 6;
    result.shelf.nodes.push_back(node);
  }
  result.shelf.nodes[0].report.links = {{"secret-host", 930, 0.3}};
  method_result one;
  one.method = "one";
  one.samples = {{0, 100, 90, 1, 1}};
  one.used.nodes = {"secret-host"};
  result.methods = {one};
  std::array<kind_time, op_classes> times;
  times[0] = {3, 5e9, 1e6, 70};
  const auto report = owner_report(result, times);
  CHECK(report.dump().find("secret") == std::string::npos);
  CHECK(report["nodes"][0]["board"] == "Raspberry Pi 5");  // the host
  CHECK(report["nodes"][1]["board"] == "Raspberry Pi 4");
  CHECK(report["links"][0]["from"] == 1);
  CHECK(report["links"][0]["to"] == 0);
  CHECK(report["host_kinds"]["dense_3x3"]["ms"] == 70);
  CHECK(report["methods"]["one"]["median_ms"] == 100);
}
