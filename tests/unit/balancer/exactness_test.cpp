#include "balancer/shelf/exactness.hpp"

#include "balancer/search/planner.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/graph_kit.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

/// Two convolutions; node a is the host.
graph two_convolutions() {
  graph_kit k{"two"};
  auto x = k.input({1, 16, 8, 8});
  x = k.conv(x, 16, square(3, 1, 1));
  return k.finish({k.conv(x, 16, square(3, 1, 1))});
}

shelf two_nodes(const std::vector<op_bits>& on_a, const std::vector<op_bits>& on_b) {
  shelf s;
  s.host = "a";
  s.nodes.resize(2);
  s.nodes[0].name = "a";
  s.nodes[1].name = "b";
  for (auto& node : s.nodes) {
    node.gmacs = 1;
    node.nic_mbit = 1000;
  }
  s.nodes[0].table.bits = on_a;
  s.nodes[1].table.bits = on_b;
  return s;
}

/// The first op in two strips, the second whole on b.
plan shared_out(const graph& g) {
  plan p;
  p.model = g.name;
  p.nodes = {"a", "b"};
  const auto whole = extent(g.values[g.ops[0].outputs[0]]);
  auto top = whole, bottom = whole;
  top.rows.end = bottom.rows.begin = 4;
  p.pieces = {{0, 0, top}, {0, 1, bottom}, {1, 1, whole}};
  return p;
}

const std::vector<op_bits> exact{{11, true}, {12, true}};

}  // namespace

TEST_CASE("a plan promises one node's bits where all pieces were found to have them") {
  const auto g = two_convolutions();
  const auto found = exactness_of(g, two_nodes(exact, exact), shared_out(g));
  CHECK(found.promised());
  CHECK(found.ops.empty());
  CHECK(contains(found.text, "bit for bit"));
}

TEST_CASE("an op that is added up otherwise in parts is named, and only where it is divided") {
  const auto g = two_convolutions();
  const std::vector<op_bits> first{{11, false}, {12, true}}, second{{11, true}, {12, false}};
  const auto found = exactness_of(g, two_nodes(first, first), shared_out(g));
  CHECK_FALSE(found.promised());
  CHECK(found.ops == std::vector<op_id>{0});
  CHECK(contains(found.text, g.ops[0].name));
  CHECK(contains(found.text, "1e-5"));
  // On one side is enough; the second op runs whole.
  CHECK(exactness_of(g, two_nodes(exact, first), shared_out(g)).ops == std::vector<op_id>{0});
  CHECK(exactness_of(g, two_nodes(second, second), shared_out(g)).promised());
}

TEST_CASE("a node whose processor gives other bits breaks the promise of what it makes") {
  const auto g = two_convolutions();
  const std::vector<op_bits> other{{11, true}, {99, true}};
  const auto found = exactness_of(g, two_nodes(exact, other), shared_out(g));
  CHECK(found.ops == std::vector<op_id>{1});
  // Unknown on both is not equal.
  const std::vector<op_bits> unknown{{11, true}, {0, true}};
  CHECK_FALSE(exactness_of(g, two_nodes(unknown, unknown), shared_out(g)).promised());
}

TEST_CASE("tiles are promised as strips and slices are") {
  const auto g = two_convolutions();
  auto p = shared_out(g);
  for (auto& part : p.pieces)
    if (part.op == 0) part.out.channels.end = 8;
  CHECK(exactness_of(g, two_nodes(exact, exact), p).promised());
  const std::vector<op_bits> inexact{{11, false}, {12, true}};
  CHECK(exactness_of(g, two_nodes(inexact, inexact), p).ops == std::vector<op_id>{0});
  p = shared_out(g);
  p.pieces[0].out.columns.end = p.pieces[1].out.columns.begin = 4;
  p.pieces[0].out.rows = p.pieces[1].out.rows = {0, 8};
  CHECK(exactness_of(g, two_nodes(exact, exact), p).promised());
  CHECK(exactness_of(g, two_nodes(exact, inexact), p).ops == std::vector<op_id>{0});
}

TEST_CASE("the host alone has its own bits, calibrated or not") {
  const auto g = two_convolutions();
  for (const auto& bits : {std::vector<op_bits>{}, exact}) {
    const auto p = make_plan(g, two_nodes(bits, {}), {"one", wire_type::fp16});
    CHECK(p.exact);
    CHECK(contains(p.exactness, "bit for bit"));
  }
}

TEST_CASE("without calibrations nothing is promised, and the text says what is missing") {
  const auto g = two_convolutions();
  const auto found = exactness_of(g, two_nodes({}, {}), shared_out(g));
  CHECK_FALSE(found.promised());
  CHECK(contains(found.text, "calibration"));
}

TEST_CASE("a wire that rounds breaks every promise") {
  const auto g = two_convolutions();
  auto p = shared_out(g);
  p.wire = wire_type::fp16;
  const auto found = exactness_of(g, two_nodes(exact, exact), p);
  CHECK_FALSE(found.promised());
  CHECK(contains(found.text, "wire"));
}

TEST_CASE("an exact plan divides only what keeps the host's bits") {
  graph_kit k{"four"};
  auto x = k.input({1, 32, 56, 56});
  for (int i = 0; i < 4; ++i) x = k.conv(x, 32, square(3, 1, 1));
  const auto g = k.finish({x});
  std::vector<op_bits> bits{{11, true}, {12, false}, {13, true}, {14, true}};
  auto s = two_nodes(bits, bits);
  plan_request request;
  const auto usual = make_plan(g, s, request);
  REQUIRE_FALSE(usual.exact);
  request.exact = true;
  const auto p = make_plan(g, s, request);
  CHECK(p.exact);
  CHECK(workers(p).size() == 2);
  CHECK(std::ranges::count(p.pieces, op_id{1}, &piece::op) == 1);
  CHECK(p.predicted_ms < p.one_node_ms);
}

TEST_CASE("an exact plan goes without nodes that compute other bits, and says so") {
  const auto g = two_convolutions();
  const std::vector<op_bits> other{{11, true}, {99, true}};
  plan_request request;
  request.exact = true;
  const auto p = make_plan(g, two_nodes(exact, other), request);
  CHECK(p.exact);
  CHECK(names_of_workers(p) == std::vector<std::string>{"a"});
  CHECK_FALSE(was_considered(p, "b"));
  CHECK(contains(p.verdicts[1].reason, g.ops[1].name));
  request.wire = wire_type::fp16;
  CHECK_THROWS_WITH(make_plan(g, two_nodes(exact, exact), request), Catch::Contains("needs fp32"));
}
