#include "balancer/shelf/profile.hpp"

#include <rapidcheck.h>

#include "balancer/search/planner.hpp"
#include "config/base/files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/inception_graph.hpp"
#include "tests/support/mutate.hpp"
#include "tests/support/random_graph.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

/// In the form of the profiles that planning is judged by: one time per op, whole.
const std::string small = R"({"model":"small","sum_ms":4.5,"nodes":[
{"id":0,"op":"input","attr":"","ms":0,"out_bytes":12288,"out_shape":[1,3,32,32],"weight_bytes":0,"preds":[]},
{"id":1,"op":"conv2d+relu","attr":"k3x3 s1,1 p1,1 g1 c3>8","ms":2,"out_bytes":32768,"out_shape":[1,8,32,32],"weight_bytes":896,"preds":[0]},
{"id":2,"op":"max_pool2d","attr":"k3 s2 p0","ms":0.5,"out_bytes":7200,"out_shape":[1,8,15,15],"weight_bytes":0,"preds":[1]},
{"id":3,"op":"conv2d","attr":"k1x1 s1,1 p0,0 g1 c8>8","ms":0.25,"out_bytes":7200,"out_shape":[1,8,15,15],"weight_bytes":256,"preds":[2]},
{"id":4,"op":"conv2d+add+relu","attr":"k1x1 s1,1 p0,0 g1 c8>8","ms":0.75,"out_bytes":7200,"out_shape":[1,8,15,15],"weight_bytes":288,"preds":[2,3]},
{"id":5,"op":"cat","attr":"","ms":0.25,"out_bytes":14400,"out_shape":[1,16,15,15],"weight_bytes":0,"preds":[3,4]},
{"id":6,"op":"flatten","attr":"","ms":0.25,"out_bytes":14400,"out_shape":[1,3600],"weight_bytes":0,"preds":[5]},
{"id":7,"op":"linear","attr":"","ms":0.5,"out_bytes":40,"out_shape":[1,10],"weight_bytes":144040,"preds":[6]}]}
)";

std::string with(const std::string& from, const std::string& to) {
  auto text = small;
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

bool same_table(const op_table& a, const op_table& b) {
  const auto same_rows = [](const op_sample& x, const op_sample& y) {
    return x.rows == y.rows && x.ms == y.ms;
  };
  const auto same_channels = [](const slice_sample& x, const slice_sample& y) {
    return x.channels == y.channels && x.ms == y.ms;
  };
  if (a.ops.size() != b.ops.size()) return false;
  for (op_id op = 0; op < a.ops.size(); ++op)
    if (!std::ranges::equal(a.ops[op], b.ops[op], same_rows) ||
        !std::ranges::equal(slices_of(a, op), slices_of(b, op), same_channels))
      return false;
  return true;
}

op_table random_times(random_source& random, const graph& g) {
  op_table table;
  for (const auto& o : g.ops) {
    auto& samples = table.ops.emplace_back();
    const auto rows = extent(g.values[o.outputs[0]]).rows.size();
    if (rows > 1 && splittable(g, o))
      samples.push_back({rows / 2, static_cast<double>(random.number(1, 99)) / 7});
    samples.push_back({rows, static_cast<double>(random.number(1, 99)) / 7});
    auto& slices = table.slices.emplace_back();
    const auto channels = extent(g.values[o.outputs[0]]).channels.size();
    if (channels > 1 && !o.weights.empty())
      slices = {{channels / 2, static_cast<double>(random.number(1, 99)) / 7},
                {channels, samples.back().ms}};
  }
  return table;
}

}  // namespace

TEST_CASE("a profile is a graph and the times of its ops") {
  const auto p = parse_profile(small, "small.json");
  const auto& g = p.model;
  CHECK(g.name == "small");
  REQUIRE(g.ops.size() == 7);
  CHECK(g.ops[0].kind == op_kind::convolution);
  CHECK(g.ops[0].activation.kind == fused_activation::kind_t::relu);
  CHECK(g.ops[0].weights.size() == 2);
  CHECK(g.ops[1].kind == op_kind::max_pool);
  CHECK(g.ops[1].win.kernel == std::array<std::int64_t, 2>{3, 3});
  CHECK(g.ops[1].win.stride == std::array<std::int64_t, 2>{2, 2});
  CHECK(g.ops[2].weights.size() == 1);
  CHECK(g.ops[3].inputs.size() == 2);
  CHECK(g.ops[4].kind == op_kind::concat);
  CHECK(g.ops[5].kind == op_kind::atom);
  REQUIRE(g.ops[6].weights.size() == 2);
  CHECK(g.weights[g.ops[6].weights[0]].shape == std::vector<std::int64_t>{10, 3600});
  CHECK(g.weights[g.ops[6].weights[1]].shape == std::vector<std::int64_t>{10});
  CHECK(g.outputs == std::vector<value_id>{7});
  CHECK(total_macs(g) == 3 * 9 * 8 * 32 * 32 + 2 * 64 * 15 * 15 + 36000);
  REQUIRE(p.table.ops[0].size() == 1);
  CHECK(p.table.ops[0][0].rows == 32);
  CHECK(p.table.ops[6][0].ms == 0.5);
  CHECK(slowed(p.table, 0.5).ops[6][0].ms == 1);
  // Planning needs nothing else.
  shelf s;
  s.host = "pi1";
  s.nodes = {{"pi1", 0, 0, 940, p.table}, {"pi2", 0, 0, 940, p.table}};
  CHECK(make_plan(g, s, {"one", wire_type::fp32}).predicted_ms == Approx(4.5));
}

TEST_CASE("a table at a rate runs the whole model at it") {
  const auto p = parse_profile(small, "small.json");
  double sum = 0;
  for (const auto& samples : at_rate(p.table, p.model, 2).ops) sum += samples.back().ms;
  CHECK(sum == Approx(total_macs(p.model) / 2e6));
}

TEST_CASE("a shelf file names profiles as costs") {
  const temporary_folder folder;
  write_file_atomically(folder.path() / "small.json", as_bytes(small));
  const std::string text = R"(host = "pi1"
[[node]]
name = "pi1"
profile = "small.json"
scale = 0.5
[[node]]
name = "pi2"
profile = "small.json"
gmacs = 2
[[node]]
name = "pi3"
gmacs = 4
)";
  write_file_atomically(folder.path() / "shelf.toml", as_bytes(text));
  auto s = read_shelf((folder.path() / "shelf.toml").string());
  const auto usual = parse_profile(small, "small.json");
  load_profiles(s, usual.model, nullptr);
  CHECK(s.nodes[0].table.ops[0][0].ms == 4);
  CHECK(!s.nodes[2].has_table());
  CHECK(make_plan(usual.model, s, {"one", wire_type::fp32}).predicted_ms == Approx(9));
  load_profiles(s, usual.model, &usual);
  const cost_model cost{usual.model, s, wire_type::fp32};
  CHECK(cost.model_ms(0) == Approx(9));
  CHECK(cost.model_ms(1) == Approx(total_macs(usual.model) / 2e6));
  CHECK(cost.model_ms(2) == Approx(total_macs(usual.model) / 4e6));

  s.nodes[0].profile = (folder.path() / "none.json").string();
  CHECK(contains(complaint_of([&] { load_profiles(s, usual.model, nullptr); }), "none.json"));
  const auto said = complaint_of([&] {
    auto same = read_shelf((folder.path() / "shelf.toml").string());
    load_profiles(same, inception_v4_graph(), nullptr);
  });
  CHECK(contains(said, "small.json is of another model"));
}

TEST_CASE("a mistake in a profile is one sentence with the node") {
  const std::vector<std::array<std::string, 3>> mistakes{
      {"\"nodes\"", "\"ops\"", "is no profile"},
      {"\"id\":3", "\"id\":2", "node 2 is there twice"},
      {"\"id\":3,", "", "node number 4 has no id"},
      {"\"preds\":[2]}", "\"preds\":[9]}", "node 3 reads node 9, which is not there"},
      {"\"preds\":[2]}", "\"preds\":[4]}", "node 3 reads node 4, which is not made before it"},
      {"\"preds\":[2]}", "\"preds\":[3]}", "node 3 reads node 3, which is not made before it"},
      {"\"ms\":0.75", "\"ms\":-1", "node 4 has an ms that is no time"},
      {"\"ms\":0.75", "\"ms\":null", "node 4 has an ms that is no time"},
      {"\"ms\":0.75", "\"ms\":NaN", "is no JSON"},
      {"\"ms\":0.75", "\"ms\":1e999", "is no JSON"},
      {"\"ms\":0.75", "\"samples\":[[15,1e308],[15,2]]", "node 4 has samples that do not ascend"},
      {"\"ms\":0.75", "\"ms\":0.75,\"slices\":[[8,1],[9]]", "node 4 has slices that are not all"},
      {"\"ms\":0.75", "\"ms\":0.75,\"slices\":[[999,1]]", "node 4 has slices that do not asc"},
      {"k3 s2 p0", "kx s2 p0", "node 2 has an attr that says no window"},
      {"k3 s2 p0", "k3 s0 p0", "impossible window"},
      {"[1,8,15,15]", "[1,8,16,15]", "window that does not give its output's size"},
      {"[1,8,15,15]", "[1,8,-1,15]", "node 2 has an impossible out_shape"},
      {"[1,8,15,15]", "[99999999999999]", "node 2 has a size that is no whole number"},
      {"\"op\":\"flatten\"", "\"op\":5", "node 6 has no text as its op"},
      {"g1 c3", "g0 c3", "node 1 is a convolution, but not"},
      {"{\"model\"", "[\"model\"", "is no JSON"},
  };
  for (const auto& [from, to, says] : mistakes) {
    const auto text = with(from, to);
    const auto said = complaint_of([&] { parse_profile(text, "small.json"); });
    INFO(from << " -> " << to << ": " << said);
    CHECK(contains(said, says));
    CHECK(contains(said, "small.json"));
    CHECK(is_sentence(said));
  }
  CHECK(contains(complaint_of([] { read_profile("/nowhere/x.json"); }), "/nowhere/x.json"));
}

TEST_CASE("whatever a damaged profile says, it is read or refused with a sentence") {
  const std::vector<std::uint8_t> whole{small.begin(), small.end()};
  REQUIRE(rc::check([&] {
    const auto text = *damaged(whole);
    RC_ASSERT(succeeds_or_complains([&] {
      const auto p =
          parse_profile({reinterpret_cast<const char*>(text.data()), text.size()}, "x.json");
      validate(p.model, "x.json");
    }));
  }));
}

TEST_CASE("a calibration that is written and read is the same, and costs the same") {
  REQUIRE(rc::check([] {
    random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    const auto g = random_graph(random, *rc::gen::inRange<std::size_t>(1, 14));
    const auto table = random_times(random, g);
    const auto back = parse_profile(format_profile(g, table), "random.json");
    RC_ASSERT(same_table(back.table, table));
    RC_ASSERT(back.model.ops.size() == g.ops.size());
    RC_ASSERT(back.model.outputs.size() == g.outputs.size());
    RC_ASSERT(total_macs(back.model) == total_macs(g));
    for (op_id op = 0; op < g.ops.size(); ++op) {
      RC_ASSERT(back.model.ops[op].kind == g.ops[op].kind);
      RC_ASSERT(splittable(back.model, back.model.ops[op]) == splittable(g, g.ops[op]));
      RC_ASSERT(back.model.ops[op].inputs.size() == g.ops[op].inputs.size());
    }
    RC_ASSERT(same_table(times_for(g, back, "random.json"), table));
    const auto s = random_shelf(random, g, 3);
    RC_ASSERT(make_plan(g, s, {"seed", wire_type::fp32}).predicted_ms ==
              make_plan(back.model, s, {"seed", wire_type::fp32}).predicted_ms);
  }));
}

TEST_CASE("an op with several outputs survives") {
  graph_kit kit{"split"};
  const auto x = kit.input({1, 4, 6, 6});
  const auto y = kit.atom("aten::split", {x}, {1, 2, 6, 6});
  auto g = kit.finish({y});
  g.values.push_back({{1, 2, 6, 6}, element_type::i64, 0});
  g.ops[0].outputs.push_back(2);
  g.outputs.push_back(2);
  const auto back = parse_profile(format_profile(g, {{{{6, 1.5}}}, {}, {}}), "split.json").model;
  REQUIRE(back.ops.size() == 1);
  REQUIRE(back.ops[0].outputs.size() == 2);
  CHECK(back.values[back.ops[0].outputs[1]].type == element_type::i64);
  CHECK(back.outputs.size() == 2);
}

TEST_CASE("a profile's ops are found in a model that was fused otherwise") {
  const auto p = parse_profile(small, "small.json");
  graph_kit kit{"like small"};
  auto x = kit.input({1, 3, 32, 32});
  x = kit.pool(kit.conv(x, 8, square(3, 1, 1)), op_kind::max_pool, square(3, 2));
  const auto a = kit.conv(x, 8, square(1));
  const auto b = kit.conv(x, 8, square(1));
  const auto g = kit.finish({kit.concat({a, kit.sum(a, b)})});
  const auto table = times_for(g, p, "small.json");
  CHECK(table.ops[0][0].ms == 2);
  CHECK(table.ops[1][0].ms == 0.5);
  CHECK(table.ops[2][0].ms == 0.25);
  CHECK(table.ops[3][0].ms == 0.25);  // of the plain ones there is one, which stands for all
  CHECK(table.ops[4].empty());        // the sum
  CHECK(table.ops[5][0].ms == 0.25);

  const auto said = complaint_of([&] { times_for(inception_v4_graph(), p, "small.json"); });
  CHECK(contains(said, "small.json is of another model"));
  CHECK(is_sentence(said));
}
