#include "balancer/simulate/memory.hpp"

#include <rapidcheck.h>

#include <numeric>

#include "balancer/search/planner.hpp"
#include "balancer/search/weight_shares.hpp"
#include "config/defaults.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/inception_graph.hpp"
#include "tests/support/random_graph.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

constexpr auto reserve = defaults::system_memory_mb;

shelf shelf_with(const std::vector<std::uint64_t>& megabytes) {
  auto s = shelf_of(std::vector<double>(megabytes.size(), 6), 940);
  for (std::size_t n = 0; n < megabytes.size(); ++n) s.nodes[n].memory_mb = megabytes[n];
  return s;
}

/// 553 MB of weights, 411 MB of them those of one op.
graph vgg16_graph() {
  graph_kit kit{"vgg16"};
  auto x = kit.input({1, 3, 224, 224});
  for (const auto& [convolutions, channels] :
       {std::pair{2, 64}, {2, 128}, {3, 256}, {3, 512}, {3, 512}}) {
    for (int i = 0; i < convolutions; ++i) x = kit.conv(x, channels, square(3, 1, 1));
    x = kit.pool(x, op_kind::max_pool, square(2, 2));
  }
  x = kit.conv(x, 4096, square(7));
  x = kit.conv(x, 4096, square(1));
  return kit.finish({kit.conv(x, 1000, square(1))});
}

/// Thirteen convolutions, all but the first of 9.4 MB.
graph equal_convolutions() {
  graph_kit kit{"chain"};
  auto x = kit.conv(kit.input({1, 3, 56, 56}), 512, square(3, 1, 1));
  for (int i = 0; i < 12; ++i) x = kit.conv(x, 512, square(3, 1, 1));
  return kit.finish({x});
}

/// Up to some 30 MB of weights, in chains and branches, with a head that runs whole in half of
/// them.
graph heavy_graph(random_source& random) {
  graph_kit kit{"heavy"};
  auto x = kit.input({1, random.number(1, 64), random.number(4, 40), random.number(4, 40)});
  const auto conv = [&](value_id from) {
    const auto groups = random.chance(20) ? kit.shape(from)[1] : 1;
    const auto channels = groups > 1 ? groups : random.number(1, 500);
    return kit.conv(from, channels, random.chance(50) ? square(3, 1, 1) : square(1), groups);
  };
  for (auto ops = random.number(1, 7); ops > 0; --ops) {
    const auto size = std::min(kit.shape(x)[2], kit.shape(x)[3]);
    if (random.chance(20) && size >= 4)
      x = kit.pool(x, op_kind::max_pool, square(2, 2));
    else if (random.chance(30))
      x = kit.concat({conv(x), conv(x)});
    else
      x = conv(x);
  }
  if (random.chance(50)) {
    const auto size = kit.shape(x)[1] * kit.shape(x)[2] * kit.shape(x)[3];
    x = kit.atom("aten::flatten", {x}, {1, size});
    x = kit.atom("aten::linear", {x}, {1, 10}, {10, size});
  }
  return kit.finish({x});
}

std::uint64_t taken(const node_verdict& v) {
  return v.weight_bytes + v.buffer_bytes;
}

/// The number in front of "MB of memory" in a refusal.
std::uint64_t memory_asked_for(const std::string& said) {
  const std::string before = "It fits when each node has ";
  const auto at = said.find(before);
  return at == std::string::npos ? 0 : std::stoull(said.substr(at + before.size()));
}

}  // namespace

TEST_CASE("weights count once for each node that needs them, buffers while they are needed") {
  graph_kit kit{"chain"};
  const auto x = kit.input({1, 4, 8, 8});
  const auto a = kit.conv(x, 4, square(1));
  const auto b = kit.conv(a, 4, square(1));
  const auto g = kit.finish({kit.conv(b, 4, square(1))});
  const auto p = make_plan(g, shelf_of({6, 6}, 1), {"one", wire_type::fp32});
  constexpr std::uint64_t map = 4UL * 8 * 8 * 4, weights = (4UL * 4 + 4) * 4;
  CHECK(p.verdicts[0].weight_bytes == 3 * weights);
  // The input of an op, its output, and what may arrive for the next.
  CHECK(p.verdicts[0].buffer_bytes >= 2 * map);
  CHECK(p.verdicts[0].buffer_bytes <= 3 * map);
  CHECK(p.verdicts[1].weight_bytes == 0);
  CHECK(p.verdicts[1].buffer_bytes == 0);
}

TEST_CASE("a node without room for the weights is left out, with the numbers") {
  const auto g = inception_v4_graph();
  const auto s = shelf_with({4096, 4096, reserve + 2, 0});
  const auto p = make_plan(g, s, {"bramble", wire_type::fp32});
  CHECK(p.verdicts[0].in);
  CHECK(p.verdicts[1].in);
  CHECK(!p.verdicts[2].in);
  CHECK(p.verdicts[3].in);  // unknown: trusted
  CHECK(contains(p.verdicts[2].reason, "pi3 lacks memory: "));
  CHECK(contains(p.verdicts[2].reason, "2.0 MB are free"));
  CHECK(overfull(s, p).empty());
  CHECK(p.one_node_ms / p.predicted_ms > 2.5);
}

TEST_CASE("a node with room for some of the weights works on what it has room for") {
  const auto g = inception_v4_graph();
  const auto s = shelf_with({4096, 4096, reserve + 100, 4096});
  const auto p = make_plan(g, s, {"bramble", wire_type::fp32});
  CHECK(p.verdicts[2].in);
  CHECK(taken(p.verdicts[2]) <= 100'000'000);
  CHECK(p.verdicts[2].weight_bytes > 30'000'000);
  CHECK(contains(p.verdicts[2].reason, "weights"));
  CHECK(contains(p.verdicts[2].reason, "has room for"));
  CHECK(overfull(s, p).empty());
  // Better than three nodes can.
  CHECK(p.one_node_ms / p.predicted_ms > 3);
}

TEST_CASE("a host without room only brings the input") {
  const auto g = inception_v4_graph();
  const auto p = make_plan(g, shelf_with({reserve + 20, 4096, 4096}), {"bramble", wire_type::fp32});
  CHECK(!p.verdicts[0].in);
  CHECK(p.verdicts[1].in);
  CHECK(p.predicted_ms < p.one_node_ms);
}

TEST_CASE("a model that fits no node is divided by weights; one that fits nowhere is refused") {
  const auto g = inception_v4_graph();
  const auto s = shelf_with({reserve + 80, reserve + 80, reserve + 80});
  const auto p = make_plan(g, s, {"bramble", wire_type::fp32});
  CHECK(overfull(s, p).empty());
  std::uint64_t weights = 0;
  for (const auto& v : p.verdicts) {
    CHECK(v.in);
    CHECK(contains(v.reason, "of the weights"));
    weights += v.weight_bytes;
  }
  CHECK(weights > 170'000'000);
  for (const auto* method : {"one", "bramble", "seed"}) {
    const auto said = complaint_of([&] {
      make_plan(g, shelf_with({reserve + 40, 64}), {method, wire_type::fp32});
    });
    INFO(said);
    CHECK(contains(said, "inception_v4 does not fit: pi1 lacks memory: "));
    CHECK(contains(said, "40.0 MB are free"));
    CHECK(is_sentence(said));
  }
}

TEST_CASE("the weights of one op are divided where no node has room for them") {
  const auto g = vgg16_graph();
  const auto s = shelf_with(std::vector<std::uint64_t>(8, reserve + 262));
  const auto p = make_plan(g, s, {"bramble", wire_type::fp32});
  CHECK(overfull(s, p).empty());
  std::size_t parts = 0;
  for (const auto& each : p.pieces) parts += each.op == g.ops.size() - 3 ? 1 : 0;
  CHECK(parts >= 2);
  // Its weights are 124 million of which each node reads a part; its convolutions are divided too.
  CHECK(p.one_node_ms / p.predicted_ms > 4);
}

TEST_CASE("equal convolutions that fit no node get shares of channels, and run side by side") {
  const auto g = equal_convolutions();
  const auto s = shelf_with(std::vector<std::uint64_t>(4, reserve + 50));
  const auto p = make_plan(g, s, {"bramble", wire_type::fp32});
  CHECK(overfull(s, p).empty());
  for (const auto& v : p.verdicts) {
    CHECK(v.in);
    CHECK(v.weight_bytes < 40'000'000);
  }
  // About a third of the time of one node, not one node after another.
  CHECK(p.predicted_ms < 0.4 * p.one_node_ms);
}

TEST_CASE("a slice of channels keeps its part of the weights, strips of rows one copy of all") {
  graph_kit kit{"one"};
  const auto g = kit.finish({kit.conv(kit.input({1, 16, 8, 8}), 32, square(3, 1, 1), 2)});
  constexpr std::uint64_t all = (32UL * 8 * 9 + 32) * 4;
  plan p;
  p.nodes = {"a", "b", "c"};
  p.verdicts.resize(3);
  const auto whole = extent(g.values[g.outputs[0]]);
  auto upper = whole, lower = whole, group = whole;
  upper.rows.end = lower.rows.begin = 4;
  group.channels = {20, 24};  // of the second group, which kernels make whole
  p.pieces = {{0, 0, upper}, {0, 0, lower}, {0, 1, group}};
  find_weights(g, p);
  CHECK(p.verdicts[0].weight_bytes == all);
  CHECK(p.verdicts[1].weight_bytes == all / 2);
  CHECK(p.verdicts[2].weight_bytes == 0);
}

TEST_CASE("weights in the arguments of an op that runs whole count") {
  graph_kit kit{"atom"};
  auto g = kit.finish({kit.atom("aten::gru", {kit.input({1, 5, 3})}, {1, 5, 4}, {12, 3})});
  auto& o = g.ops[0];
  o.call.arguments.back() = tensor_list{{weight_ref{0}, nothing{}}};
  o.weights.clear();
  const auto p = make_plan(g, shelf_of({6}, 1), {"one", wire_type::fp32});
  CHECK(p.verdicts[0].weight_bytes == 12UL * 3 * 4);
}

TEST_CASE("the memory that a refusal asks for is enough, for every method") {
  const auto g = vgg16_graph();
  for (const auto* method : {"one", "seed", "bramble"}) {
    const std::vector<std::uint64_t> little{reserve + 30, reserve + 60, reserve + 10};
    const auto said = complaint_of([&] {
      make_plan(g, shelf_with(little), {method, wire_type::fp32});
    });
    INFO(said);
    CHECK(is_sentence(said));
    const auto enough = memory_asked_for(said);
    REQUIRE(enough > reserve + 60);
    const auto s = with_memory(shelf_with(little), enough);
    CHECK(overfull(s, make_plan(g, s, {method, wire_type::fp32})).empty());
    // A third of the weights each, and the maps: no more than that is asked for.
    if (method == std::string{"bramble"}) CHECK(enough < reserve + 300);
  }
}

TEST_CASE("a plan keeps to every node's memory, or the memory it asks for is enough") {
  REQUIRE(rc::check([] {
    random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    const auto g = heavy_graph(random);
    auto s = shelf_of({6, 6, 3, 1}, static_cast<double>(random.number(50, 940)));
    s.nodes.resize(static_cast<std::size_t>(random.number(1, 4)));
    for (auto& node : s.nodes)
      if (random.chance(90))
        node.memory_mb =
            reserve + static_cast<std::uint64_t>(random.number(0, random.chance(50) ? 4 : 20));
    const plan_request request{"bramble", wire_type::fp32, 0.2};
    try {
      RC_ASSERT(overfull(s, make_plan(g, s, request)).empty());
    } catch (const user_error& e) {
      const auto enough = memory_asked_for(e.what());
      RC_ASSERT(enough > 0U);
      const auto larger = with_memory(s, enough);
      RC_ASSERT(overfull(larger, make_plan(g, larger, request)).empty());
    }
  }));
}
