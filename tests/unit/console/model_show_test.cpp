#include "console/model_show.hpp"

#include "balancer/report/undivided.hpp"
#include "config/base/files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/inception_graph.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

model_shown shown(graph g) {
  model_shown m;
  m.name = g.name;
  m.identity = std::string(64, 'a');
  m.facts = facts_of(g);
  m.content.model = std::move(g);
  return m;
}

/// Two branches, one of twice the other's work, and a head that runs whole.
model_shown forked() {
  graph_kit k{"forked"};
  const auto x = k.input({1, 4, 8, 8});
  const auto left = k.conv(x, 8, square(1));
  const auto right = k.conv(x, 16, square(1));
  return shown(k.finish({k.atom("aten::\"head\"", {k.concat({left, right})}, {1, 10}, {10, 24})}));
}

/// Each op takes as many milliseconds as its number, plus one.
op_table counted_times(std::size_t ops) {
  op_table table;
  for (std::size_t i = 0; i < ops; ++i)
    table.ops.push_back({{2, static_cast<double>(i) / 2}, {8, static_cast<double>(i + 1)}});
  table.slices = {{{4, 0.625}, {8, 1}}};
  return table;
}

}  // namespace

TEST_CASE("a model's facts") {
  const auto m = forked();
  CHECK(m.facts.ops ==
        std::map<std::string, std::size_t>{{"convolution", 2}, {"concat", 1}, {"atom", 1}});
  CHECK(m.facts.parallel_layers == 1);
  CHECK(m.facts.branches == 2);
  CHECK(m.facts.widest == 2);
  CHECK(m.facts.macs == 8 * 8 * 4 * (8 + 16));
  CHECK(m.facts.splittable_share() == 1);
  CHECK(m.facts.parameters == 4 * 8 + 8 + 4 * 16 + 16 + 240);
  CHECK(ceiling_in_macs(m.content.model).ratio() == Approx(1.5));
}

TEST_CASE("what keeps a model from being divided is told by its share of the work") {
  graph_kit k{"held back"};
  const auto x = k.conv(k.input({1, 4, 8, 8}), 8, square(3, 1, 1));
  const auto y = k.atom("aten::cumsum", {k.atom("aten::cumsum", {x}, k.shape(x))}, k.shape(x));
  const auto m = shown(k.finish({k.atom("aten::matmul", {y, x}, k.shape(x))}));
  const auto whole = undivided(m.content.model);
  REQUIRE(whole.size() == 2);
  const auto& sums = whole[0].what == "cumsum" ? whole[0] : whole[1];
  CHECK(sums.count == 2);
  CHECK(whole[0].share >= whole[1].share);
  CHECK(whole[0].share + whole[1].share < 1);
  const auto text = describe(m, false);
  CHECK(contains(text, " % of it in ops that run whole: "));
  CHECK(contains(text, "2 cumsum "));
  CHECK(to_json(m, false)["undivided"].size() == 2);

  graph_kit all{"divided"};
  const auto g = all.finish({all.conv(all.input({1, 4, 8, 8}), 8, square(3, 1, 1))});
  CHECK(undivided_text(undivided(g)).empty());
  CHECK_FALSE(contains(describe(shown(g), false), "undivided"));
}

TEST_CASE("equal blobs count once, and halves count half") {
  auto g = forked().content.model;
  for (std::size_t i = 0; i < g.weights.size(); ++i)
    g.weights[i].sha256 = std::string(64, static_cast<char>('a' + i));
  const auto whole = facts_of(g).weight_bytes;
  CHECK(whole == (4UL * 8 + 8 + 4UL * 16 + 16 + 240) * 4);
  g.weights[0].stored_as_half = true;
  CHECK(facts_of(g).weight_bytes == whole - 4UL * 8 * 2);
  g.weights[2].sha256 = g.weights[3].sha256;
  CHECK(facts_of(g).weight_bytes == whole - 4UL * 8 * 2 - 16UL * 4);
}

TEST_CASE("whole branches of Inception-v4 are no way to four times the speed") {
  const auto g = inception_v4_graph();
  CHECK(facts_of(g).parallel_layers == 19);
  const auto ceiling = ceiling_in_macs(g);
  CHECK(ceiling.work == total_macs(g));
  CHECK(ceiling.ratio() == Approx(1.66).margin(0.01));
}

TEST_CASE("a model is shown to people") {
  auto m = forked();
  const auto text = describe(m, false);
  CHECK(contains(text, "1x4x8x8"));
  CHECK(contains(text, "1x10"));
  CHECK(contains(text, "These shapes are the contract"));
  CHECK(contains(text, "1 with parallel branches: 2 branches, at most 2 side by side"));
  CHECK(contains(text, "at most 1.50 times one node"));
  CHECK_FALSE(contains(text, "by the times of this device"));
  CHECK(contains(describe(m, true), "no times for this model yet"));

  m.measured = calibration{"this\tdevice\x1b", counted_times(m.content.model.ops.size())};
  // 1 + 2 + 3 + 4 milliseconds, the shorter of the branches beside the longer.
  CHECK(contains(describe(m, false), "1.11 by the times of this device"));
  const auto with_times = describe(m, true);
  CHECK(contains(with_times, "measured for: this device?\n"));
  CHECK(contains(with_times, " 8 rows  1.000\n"));
  CHECK(contains(with_times, " 8 rows  4.000\n"));
  CHECK(contains(with_times, " 2 rows  1.500\n"));
  CHECK(contains(with_times, " 4 channels  0.625\n"));
}

TEST_CASE("a model is shown to programs") {
  auto m = forked();
  const auto out = to_json(m, true);
  CHECK(out.at("inputs") == nlohmann::json::parse("[[1,4,8,8]]"));
  CHECK(out.at("output_types") == nlohmann::json::parse("[\"float32\"]"));
  CHECK(out.at("branch_ceiling").get<double>() == Approx(1.5));
  CHECK(out.at("calibration").is_null());
  CHECK_FALSE(out.contains("branch_ceiling_ms"));
  m.measured = calibration{"this device", counted_times(m.content.model.ops.size())};
  const auto measured = to_json(m, true);
  CHECK(measured.at("calibration").at("ops").at(3).at("samples").at(1).at("ms") == 4);
  CHECK(measured.at("calibration").at("ops").at(0).at("slices").at(0).at("channels") == 4);
  CHECK(measured.at("branch_ceiling_ms").get<double>() == Approx(10.0 / 9));
}

TEST_CASE("a model is drawn") {
  const auto m = forked();
  const auto text = dot_text(m.content.model, m.facts);
  CHECK(text.starts_with("digraph \"forked\" {"));
  CHECK(text.ends_with("}\n"));
  CHECK(std::count(text.begin(), text.end(), '{') == std::count(text.begin(), text.end(), '}'));
  CHECK(contains(text, "in0 -> op0;"));
  CHECK(contains(text, "op0 -> op2;"));
  CHECK(contains(text, "op3 -> out"));
  CHECK(contains(text, R"(label="aten::\"head\"  1x10", fillcolor="#f3d9c9")"));
  CHECK(contains(text, "fillcolor=\"#cfe8cf\""));
}

TEST_CASE("the newest sound calibration of a model is found") {
  const temporary_folder folder;
  const std::string id(64, 'b');
  CHECK_FALSE(newest_calibration(folder / "none", id, 2));
  const auto put = [&](const std::string& name, const std::string& key, std::size_t ops, int age) {
    const auto path = folder / (name + ".calibration");
    write_file_atomically(path, encode_calibration({key, counted_times(ops)}));
    std::filesystem::last_write_time(
        path, std::filesystem::file_time_type::clock::now() - std::chrono::hours{age});
  };
  put("old", "threads 1" + calibration_key_end(id), 2, 3);
  put("new", "threads 2,\tmodel name" + calibration_key_end(id), 2, 2);
  put("other", "threads 3" + calibration_key_end(std::string(64, 'c')), 2, 1);
  put("resized", "threads 4" + calibration_key_end(id), 3, 1);
  write_file_atomically(folder / "broken.calibration", as_bytes("broken"));
  const auto found = newest_calibration(folder.path(), id, 2);
  REQUIRE(found);
  CHECK(found->key.starts_with("threads 2"));
}

TEST_CASE("a calibration that cannot be is refused") {
  const auto refused = [](double ms, std::int64_t rows) {
    op_table table = counted_times(1);
    table.ops[0].push_back({rows, ms});
    return !complaint_of([&] {
              decode_calibration(encode_calibration({"here", table}), "the file");
            }).empty();
  };
  CHECK_FALSE(refused(1, 9));
  CHECK(refused(-1, 9));
  CHECK(refused(std::numeric_limits<double>::quiet_NaN(), 9));
  CHECK(refused(1, 8));
  auto table = counted_times(1);
  std::swap(table.slices[0][0], table.slices[0][1]);
  CHECK_FALSE(complaint_of([&] {
                decode_calibration(encode_calibration({"here", table}), "the file");
              }).empty());
}

TEST_CASE("times are told as people do") {
  using namespace std::chrono_literals;
  CHECK(age_text(-5s) == "now");
  CHECK(age_text(59s) == "now");
  CHECK(age_text(60s) == "1 minute ago");
  CHECK(age_text(2h) == "2 hours ago");
  CHECK(age_text(72h) == "3 days ago");
  CHECK(iso_time(std::chrono::system_clock::from_time_t(0)) == "1970-01-01T00:00:00Z");
}
