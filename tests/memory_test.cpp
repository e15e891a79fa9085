#include "balancer/memory.hpp"

#include "balancer/planner.hpp"
#include "config/defaults.hpp"
#include "tests/catch.hpp"
#include "tests/complaints.hpp"
#include "tests/inception_graph.hpp"
#include "tests/random_graph.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

constexpr auto reserve = defaults::system_memory_mb;

shelf with_memory(const std::vector<std::uint64_t>& megabytes) {
  auto s = shelf_of(std::vector<double>(megabytes.size(), 6), 940);
  for (std::size_t n = 0; n < megabytes.size(); ++n) s.nodes[n].memory_mb = megabytes[n];
  return s;
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
  const auto s = with_memory({4096, 4096, reserve + 2, 0});
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

TEST_CASE("a node with room for some of the weights works on some of the layers") {
  const auto g = inception_v4_graph();
  const auto s = with_memory({4096, 4096, reserve + 100, 4096});
  const auto p = make_plan(g, s, {"bramble", wire_type::fp32});
  CHECK(p.verdicts[2].in);
  CHECK(p.verdicts[2].weight_bytes + p.verdicts[2].buffer_bytes <= 100'000'000);
  CHECK(p.verdicts[2].weight_bytes > 30'000'000);
  CHECK(contains(p.verdicts[2].reason, "pi3 works on the layers whose"));
  CHECK(contains(p.verdicts[0].reason, "pi1 works, also on layers that pi3 has no room for"));
  CHECK(overfull(s, p).empty());
  // Better than three nodes can.
  CHECK(p.one_node_ms / p.predicted_ms > 3);
}

TEST_CASE("a host without room only brings the input") {
  const auto g = inception_v4_graph();
  const auto p =
      make_plan(g, with_memory({reserve + 20, 4096, 4096}), {"bramble", wire_type::fp32});
  CHECK(!p.verdicts[0].in);
  CHECK(p.verdicts[1].in);
  CHECK(p.predicted_ms < p.one_node_ms);
}

TEST_CASE("a model that fits no node is divided by weights; one that fits nowhere is refused") {
  const auto g = inception_v4_graph();
  const auto s = with_memory({reserve + 80, reserve + 80, reserve + 80});
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
      make_plan(g, with_memory({reserve + 40, 64}), {method, wire_type::fp32});
    });
    INFO(said);
    CHECK(contains(said, "inception_v4 does not fit: pi1 lacks memory: "));
    CHECK(contains(said, "40.0 MB are free"));
    CHECK(is_sentence(said));
  }
}
