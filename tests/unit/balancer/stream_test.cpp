#include "balancer/throughput/stream.hpp"

#include <rapidcheck.h>

#include "balancer/bound/simplex.hpp"
#include "balancer/search/pipeline.hpp"
#include "balancer/simulate/memory.hpp"
#include "balancer/simulate/simulate.hpp"
#include "config/defaults.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/inception_graph.hpp"
#include "tests/support/random_graph.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

/// The same model so many times over, side by side.
graph copies_of(const graph& g, std::size_t count) {
  graph out;
  out.name = g.name;
  out.weights = g.weights;
  for (std::size_t c = 0; c < count; ++c) {
    const auto values = static_cast<value_id>(out.values.size());
    const auto ops = static_cast<op_id>(out.ops.size());
    for (auto v : g.values) {
      if (v.producer != no_id) v.producer += ops;
      out.values.push_back(v);
    }
    for (auto o : g.ops) {
      for (auto& id : o.inputs) id += values;
      for (auto& id : o.outputs) id += values;
      o.call.arguments.clear();
      out.ops.push_back(o);
    }
    for (auto id : g.inputs) out.inputs.push_back(id + values);
    for (auto id : g.outputs) out.outputs.push_back(id + values);
  }
  return out;
}

/// Adds a request's program behind those there are: every node works in the order of requests.
void append(program& all, const program& one, op_id first_op, value_id first_value) {
  const auto first = static_cast<std::uint32_t>(all.transfers.size());
  for (auto t : one.transfers) {
    t.value += first_value;
    all.transfers.push_back(t);
  }
  for (std::size_t n = 0; n < one.nodes.size(); ++n) {
    auto& steps = all.nodes[n].steps;
    const auto before = static_cast<std::uint32_t>(steps.size());
    for (auto step : one.nodes[n].steps) {
      step.op += first_op;
      for (auto& after : step.after) after += before;
      for (auto* list : {&step.awaits, &step.sends})
        for (auto& t : *list) t += first;
      steps.push_back(std::move(step));
    }
  }
}

/// Requests per second of a burst: each goes to the part that is furthest behind its share.
double burst_per_second(const graph& g, const shelf& s, const stream_plan& p, std::size_t count) {
  const auto many = copies_of(g, count);
  program all;
  all.nodes.resize(s.nodes.size());
  std::vector<program> programs;
  for (const auto& part : p.parts) programs.push_back(derive(g, part.how));
  std::vector<double> done(p.parts.size(), 0);
  for (std::size_t c = 0; c < count; ++c) {
    std::size_t next = 0;
    for (std::size_t i = 1; i < done.size(); ++i)
      if ((done[i] + 1) / p.parts[i].per_second < (done[next] + 1) / p.parts[next].per_second)
        next = i;
    ++done[next];
    append(all, programs[next], static_cast<op_id>(c * g.ops.size()),
           static_cast<value_id>(c * g.values.size()));
  }
  const auto& how = p.parts[0].how;
  const cost_model cost{many, s, how.wire};
  return static_cast<double>(count) * 1e3 / simulate(all, how, cost).makespan_ms;
}

}  // namespace

TEST_CASE("the best mix is the best corner") {
  // Two machines; a: 2 on the first, b: 1 on both, c: 3 on the second.
  const auto x = best_mix({{2, 1, 0}, {0, 1, 3}}, {1, 1, 1});
  CHECK(x[0] == Approx(0));
  CHECK(x[1] == Approx(1));
  CHECK(x[2] == Approx(0));
  CHECK_THROWS_AS(best_mix({{0}}, {1}), std::logic_error);
  REQUIRE(rc::check([] {
    random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    const auto rows = static_cast<std::size_t>(random.number(1, 6));
    const auto columns = static_cast<std::size_t>(random.number(1, 8));
    std::vector<std::vector<double>> use(rows, std::vector<double>(columns));
    for (auto& row : use)
      for (auto& cell : row) cell = static_cast<double>(random.number(0, 9));
    for (auto& cell : use[0]) cell += 1;
    const auto mix = best_mix(use, std::vector<double>(columns, 1));
    double sum = 0;
    for (auto each : mix) {
      RC_ASSERT(each >= -1e-9);
      sum += each;
    }
    for (const auto& row : use) {
      double used = 0;
      for (std::size_t c = 0; c < columns; ++c) used += row[c] * mix[c];
      RC_ASSERT(used <= 1 + 1e-9);
    }
    // No single activity, and no even mix of two, does better.
    for (std::size_t a = 0; a < columns; ++a)
      for (std::size_t b = a; b < columns; ++b) {
        double most = 0;
        for (const auto& row : use) most = std::max(most, (row[a] + row[b]) / 2);
        RC_ASSERT(sum >= 1 / most - 1e-9);
      }
  }));
}

TEST_CASE("a stream on equal nodes: whole requests, nearly as many times as there are nodes") {
  const auto g = inception_v4_graph();
  const auto s = shelf_of({6, 6, 6, 6}, 940);
  const auto p = make_stream_plan(g, s, {});
  INFO(report_text(p));
  CHECK(p.per_second > 3.8 * p.one_node_per_second);
  CHECK(p.per_second <= p.most_per_second * (1 + 1e-9));
  // The simulator agrees, filling and emptying included.
  CHECK(burst_per_second(g, s, p, 24) > 0.85 * p.per_second);
  CHECK(burst_per_second(g, s, p, 24) < 1.1 * p.per_second);
}

TEST_CASE("a latency limit makes nodes share requests; an impossible one is said") {
  const auto g = inception_v4_graph();
  const auto s = shelf_of({6, 6, 6, 6}, 940);
  const auto free = make_stream_plan(g, s, {});
  const auto bound = make_stream_plan(g, s, {wire_type::fp32, 1200});
  INFO(report_text(bound));
  CHECK(free.latency_ms > 1200);
  CHECK(bound.latency_ms <= 1200);
  CHECK(bound.per_second <= free.per_second * (1 + 1e-3));
  CHECK(bound.per_second > 3 * free.one_node_per_second);
  const auto said = complaint_of([&] { make_stream_plan(g, s, {wire_type::fp32, 10}); });
  CHECK(contains(said, "No plan answers within 10.0 ms: the quickest takes"));
  CHECK(is_sentence(said));
}

TEST_CASE("nodes that cannot hold the model are a pipeline") {
  const auto g = inception_v4_graph();
  auto s = shelf_of({6, 6, 6, 6}, 940);
  for (auto& node : s.nodes) node.memory_mb = defaults::system_memory_mb + 100;
  const auto p = make_stream_plan(g, s, {});
  INFO(report_text(p));
  CHECK(p.per_second > 2 * p.one_node_per_second);
  for (const auto& part : p.parts) CHECK(overfull(s, part.how).empty());
  CHECK(burst_per_second(g, s, p, 24) > 0.7 * p.per_second);
  CHECK(report_json(p)["objective"] == "throughput");
  CHECK(report_json(p)["parts"][0]["share"].get<double>() <= 1);
}

TEST_CASE("a pipeline's longest part is the shortest possible, and parts are consecutive") {
  REQUIRE(rc::check([] {
    random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    const auto g = random_graph(random, *rc::gen::inRange<std::size_t>(1, 12));
    const auto s = random_shelf(random, g, 3);
    const cost_model cost{g, s, wire_type::fp32};
    const auto pieces = pipeline_pieces(cost, {2, 0, 1});
    RC_ASSERT(pieces.has_value());
    std::vector<double> load(3, 0);
    const std::vector<int> place{1, 2, 0};
    for (std::size_t i = 0; i < pieces->size(); ++i) {
      const auto& part = (*pieces)[i];
      load[part.node] += cost.whole_ms(part.node, part.op);
      if (i > 0) RC_ASSERT(place[part.node] >= place[(*pieces)[i - 1].node]);
    }
    const auto longest = *std::max_element(load.begin(), load.end());
    for (std::size_t n = 0; n < 3; ++n) RC_ASSERT(longest <= cost.model_ms(n) * (1 + 1e-9));
  }));
}
