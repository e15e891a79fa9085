#include "model/graph/work.hpp"

#include <rapidcheck.h>

#include <cmath>

#include "balancer/cost/cost.hpp"
#include "balancer/report/model_stats.hpp"
#include "balancer/search/planner.hpp"
#include "config/defaults.hpp"
#include "config/defaults_work.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/random_graph.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

using shape = std::vector<std::int64_t>;

/// One op that runs whole: `inputs` are values, `weights` constants; both follow each other as
/// arguments, and then `rest`.
graph one_call(const std::string& schema, const std::vector<shape>& inputs,
               const std::vector<shape>& weights, const shape& out,
               const std::vector<argument>& rest = {}) {
  graph g;
  g.name = "one call";
  op o;
  o.name = o.call.schema = schema;
  for (const auto& each : inputs) {
    o.inputs.push_back(static_cast<value_id>(g.values.size()));
    o.call.arguments.emplace_back(value_ref{o.inputs.back()});
    g.inputs.push_back(o.inputs.back());
    g.values.push_back({each, element_type::f32, no_id});
  }
  for (const auto& each : weights) {
    o.call.arguments.emplace_back(weight_ref{static_cast<weight_id>(g.weights.size())});
    g.weights.push_back({each, element_type::f32, std::string(64, 'a')});
  }
  o.call.arguments.insert(o.call.arguments.end(), rest.begin(), rest.end());
  o.outputs = {static_cast<value_id>(g.values.size())};
  g.values.push_back({out, element_type::f32, 0});
  g.ops = {o};
  g.outputs = o.outputs;
  validate(g, "the test's graph");
  return g;
}

double macs_of(const std::string& schema, const std::vector<shape>& inputs,
               const std::vector<shape>& weights, const shape& out,
               const std::vector<argument>& rest = {}) {
  return total_macs(one_call(schema, inputs, weights, out, rest));
}

/// A recurrent layer as it is traced: input, state, and all weights in a list.
graph recurrent(const std::string& schema, bool state_is_list) {
  auto g = one_call(schema, {{2, 7, 10}}, {{16, 10}, {16, 4}, {16}, {16}, {1, 2, 4}}, {2, 7, 4});
  auto& arguments = g.ops[0].call.arguments;
  const weight_ref state{4};
  tensor_list weights;
  for (weight_id id = 0; id < 4; ++id) weights.items.emplace_back(weight_ref{id});
  arguments = {value_ref{0}};
  if (state_is_list)
    arguments.emplace_back(tensor_list{{state, state}});
  else
    arguments.emplace_back(state);
  arguments.emplace_back(std::move(weights));
  validate(g, "the test's graph");
  return g;
}

}  // namespace

TEST_CASE("convolutions of every kind have their multiply-adds") {
  // Of a batch, of one dimension, of three, in groups, and transposed.
  CHECK(macs_of("aten::conv2d", {{4, 3, 8, 8}}, {{16, 3, 3, 3}}, {4, 16, 8, 8}) ==
        4. * 16 * 8 * 8 * 27);
  CHECK(macs_of("aten::conv1d", {{1, 6, 50}}, {{8, 6, 5}}, {1, 8, 46}) == 8. * 46 * 30);
  CHECK(macs_of("aten::conv3d", {{1, 3, 4, 8, 8}}, {{8, 3, 3, 3, 3}}, {1, 8, 4, 8, 8}) ==
        8. * 4 * 64 * 81);
  CHECK(macs_of("aten::_convolution_mode", {{1, 4, 9}}, {{4, 1, 4}}, {1, 4, 9}) == 4. * 9 * 4);
  CHECK(macs_of("aten::conv_transpose3d", {{1, 4, 2, 2, 2}}, {{4, 6, 2, 2, 2}}, {1, 6, 4, 4, 4}) ==
        4. * 8 * 6 * 8);
  const std::vector<argument> rest{nothing{}, shape{2}, shape{0},       shape{1},
                                   true,      shape{0}, std::int64_t{1}};
  CHECK(macs_of("aten::_convolution", {{1, 4, 10}}, {{4, 6, 2}}, {1, 6, 20}, rest) ==
        4. * 10 * 6 * 2);
}

TEST_CASE("matrix products have their multiply-adds") {
  CHECK(macs_of("aten::linear", {{5, 7, 10}}, {{20, 10}}, {5, 7, 20}) == 5. * 7 * 20 * 10);
  CHECK(macs_of("aten::matmul", {{3, 4, 5}, {3, 5, 6}}, {}, {3, 4, 6}) == 3. * 4 * 5 * 6);
  CHECK(macs_of("aten::bmm", {{3, 4, 5}, {3, 5, 6}}, {}, {3, 4, 6}) == 3. * 4 * 5 * 6);
  CHECK(macs_of("aten::baddbmm", {{3, 4, 6}, {3, 4, 5}, {3, 5, 6}}, {}, {3, 4, 6}) ==
        3. * 4 * 5 * 6);
  CHECK(macs_of("aten::addbmm", {{4, 6}, {3, 4, 5}, {3, 5, 6}}, {}, {4, 6}) == 3. * 4 * 5 * 6);
  CHECK(macs_of("aten::dot", {{9}, {9}}, {}, {1}) == 9);
  auto g = one_call("aten::einsum", {{2, 3, 4}, {2, 5, 4}}, {}, {2, 3, 5});
  auto& arguments = g.ops[0].call.arguments;
  for (const auto* equation : {"bij,bkj->bik", "...ij, ...kj -> ...ik"}) {
    arguments = {std::string{equation}, tensor_list{{value_ref{0}, value_ref{1}}}};
    CHECK(total_macs(g) == 2. * 3 * 4 * 5);
  }
}

TEST_CASE("recurrent layers and attention have their multiply-adds") {
  for (const bool list : {true, false})
    CHECK(total_macs(recurrent(list ? "aten::lstm" : "aten::gru", list)) ==
          2. * 7 * (16 * 10 + 16 * 4));
  CHECK(macs_of("aten::gru_cell", {{2, 10}, {2, 4}}, {{12, 10}, {12, 4}}, {2, 4}) ==
        2. * (120 + 48));
  CHECK(macs_of("aten::scaled_dot_product_attention", {{1, 8, 5, 16}, {1, 8, 7, 16}, {1, 8, 7, 32}},
                {}, {1, 8, 5, 32}) == 8. * 5 * 7 * (16 + 32));
}

TEST_CASE("every op moves bytes, and no cost is 0, infinite or negative") {
  REQUIRE(rc::check([] {
    random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    const auto g = random_graph(random, static_cast<std::size_t>(*rc::gen::inRange(1, 14)));
    const auto s = shelf_of({6}, 940);
    const cost_model cost{g, s, wire_type::fp32};
    for (op_id op = 0; op < g.ops.size(); ++op) {
      const auto whole = extent(g.values[g.ops[op].outputs[0]]);
      RC_ASSERT(moved_bytes(g, op, whole) >= 4 * static_cast<double>(whole.elements()));
      RC_ASSERT(macs(g, op) >= 0);
      RC_ASSERT(cost.whole_ms(0, op) > defaults::piece_overhead_ms);
      RC_ASSERT(std::isfinite(cost.whole_ms(0, op)));
    }
  }));
}

TEST_CASE("a call that lacks what its name promises has no multiply-adds, and breaks nothing") {
  for (const auto* schema :
       {"aten::conv3d", "aten::conv_transpose1d", "aten::linear", "aten::addmm", "aten::addbmm",
        "aten::lstm", "aten::gru_cell", "aten::scaled_dot_product_attention", "aten::einsum",
        "aten::_native_multi_head_attention", "aten::_transformer_encoder_layer_fwd",
        "aten::bilinear", "torchvision::deform_conv2d"}) {
    INFO(schema);
    auto g = one_call(schema, {{1, 4}}, {}, {1, 4});
    for (const auto& only : std::vector<std::vector<argument>>{
             {}, {nothing{}}, {std::string{"...->"}, tensor_list{{value_ref{0}, value_ref{0}}}}}) {
      g.ops[0].call.arguments = only;
      CHECK(std::isfinite(total_macs(g)));
      CHECK(moved_bytes(g, 0, extent(g.values[1])) == 32);
    }
  }
}

TEST_CASE("a video network's time is that of its work, and none of it can be divided") {
  // A block of r3d_18 as it is traced: 3-D convolutions run whole.
  const auto g =
      one_call("aten::conv3d", {{1, 64, 8, 56, 56}}, {{64, 64, 3, 3, 3}}, {1, 64, 8, 56, 56});
  const auto p = make_plan(g, shelf_of({6, 6}, 940), {"bramble", wire_type::fp32});
  CHECK(p.predicted_ms == Approx(total_macs(g) / 6e6).epsilon(0.01));
  const auto facts = facts_of(g);
  CHECK(facts.macs == 64. * 8 * 56 * 56 * 64 * 27);
  CHECK(facts.splittable_share() == 0);
}

TEST_CASE("an op that runs whole takes as long as memory needs for what it moves") {
  graph_kit kit{"norm"};
  const auto x = kit.conv(kit.input({1, 16, 64, 64}), 64, square(3, 1, 1));
  const auto y = kit.atom("aten::instance_norm", {x}, {1, 64, 64, 64});
  const auto z = kit.atom("aten::reshape", {y}, {1, 64, 4096});
  const auto g = kit.finish({kit.atom("aten::softmax", {z}, {1, 64, 4096})});
  const auto s = shelf_of({6}, 940);
  const cost_model cost{g, s, wire_type::fp32};
  const auto ms = [&](op_id op) { return cost.whole_ms(0, op) - defaults::piece_overhead_ms; };
  // Each reads and makes as many bytes, a norm of maps going over them most often.
  const auto once = 2. * 64 * 64 * 64 * 4 / defaults::memory_bytes_per_mac / macs(g, 0);
  CHECK(ms(1) / ms(0) == Approx(defaults::map_passes * once));
  CHECK(ms(2) / ms(0) == Approx(defaults::copy_passes * once));
  CHECK(ms(3) / ms(0) == Approx(defaults::arithmetic_passes * once));
}
