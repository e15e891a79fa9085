#include <rapidcheck.h>

#include <cmath>
#include <set>

#include "balancer/devices/device_file.hpp"
#include "balancer/devices/device_times.hpp"
#include "balancer/devices/emulation.hpp"
#include "balancer/devices/kind_times.hpp"
#include "balancer/devices/load_devices.hpp"
#include "config/defaults_devices.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/random_graph.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

/// Figures that are easy to reckon with.
device_description plain_device() {
  device_description d;
  d.id = "plain";
  d.cores = 4;
  d.dense_3x3 = {2, 1, 1, 1};
  d.dense = {1, 1, 1, 1};
  d.depthwise = {0.5, 1, 1, 1};
  d.memory_gb_per_s = 1;
  d.last_cache_mb = 1;
  d.op_fixed_ms = 0.25;
  d.nic_mbit = 100;
  d.message_ms = 0.4;
  d.sent_ms_per_mb = 2;
  d.received_ms_per_mb = 8;
  d.cipher = {"aes-gcm", 100};
  return d;
}

/// One convolution of 16 to 32 channels on a map of 40 by 40.
graph one_convolution(std::int64_t kernel, std::int64_t stride = 1, std::int64_t groups = 1) {
  graph_kit kit{"one convolution"};
  window win;
  win.kernel = {kernel, kernel};
  win.stride = {stride, stride};
  win.padding = {kernel / 2, kernel / 2};
  auto x = kit.input({1, 16, 40, 40});
  return kit.finish({kit.conv(x, groups == 1 ? 32 : 16, win, groups)});
}

region whole_of(const graph& g, op_id id = 0) {
  return extent(g.values[g.ops[id].outputs[0]]);
}

}  // namespace

TEST_CASE("a piece takes the longer of multiplying and moving, and a fixed time") {
  auto d = plain_device();
  const auto g = one_convolution(3);
  const auto out = whole_of(g);
  const auto macs = 40.0 * 40 * 32 * 16 * 9;
  CHECK(piece_ms(d, g, 0, out) == Approx(macs / 2e6 + 0.25));
  SECTION("of memory, weights alone where maps fit the last cache") {
    d.dense_3x3.gmacs = 1e5;
    const auto weights = 32 * 16 * 9 * 4.0 + 32 * 4.0;
    const auto maps = 40 * 40 * (16 + 32) * 4.0;
    CHECK(piece_ms(d, g, 0, out) == Approx(weights / 1e6 + 0.25).epsilon(0.02));
    d.last_cache_mb = maps / 1e6 / 2;
    CHECK(piece_ms(d, g, 0, out) == Approx((weights + maps) / 1e6 + 0.25).epsilon(0.02));
  }
  SECTION("other convolutions and those of single channels have rates of their own") {
    CHECK(piece_ms(d, one_convolution(3, 2), 0, whole_of(one_convolution(3, 2))) ==
          Approx(macs / 4 / 1e6 + 0.25));
    const auto single = one_convolution(3, 1, 16);
    CHECK(piece_ms(d, single, 0, whole_of(single)) == Approx(40.0 * 40 * 16 * 9 / 0.5e6 + 0.25));
  }
}

TEST_CASE("kernels make whole tiles") {
  auto d = plain_device();
  d.dense_3x3 = {2, 4, 8, 16};
  const auto g = one_convolution(3);
  auto strip = whole_of(g);
  const auto macs_of = [&](std::int64_t rows, std::int64_t channels) {
    strip.rows = {0, rows};
    strip.channels = {0, channels};
    return kernel_macs(d, g, 0, strip);
  };
  const auto one = 40.0 * 16 * 9;  // a row of a channel
  CHECK(macs_of(4, 16) == Approx(4 * 16 * one));
  CHECK(macs_of(3, 16) == Approx(4 * 16 * one));
  CHECK(macs_of(5, 17) == Approx(8 * 32 * one));
  strip.columns = {0, 1};  // 4 pixels of 8
  CHECK(macs_of(4, 16) == Approx(8 * 16 * one / 40));
}

TEST_CASE("a device at a factor does everything so many times as fast, but for its card") {
  const auto slow = at_speed(plain_device(), 0.5);
  const auto g = one_convolution(3);
  CHECK(piece_ms(slow, g, 0, whole_of(g)) ==
        Approx(2 * piece_ms(plain_device(), g, 0, whole_of(g))));
  const auto a = message_costs_of(plain_device()), b = message_costs_of(slow);
  CHECK(b.message_ms == Approx(2 * a.message_ms));
  CHECK(b.received_ms_per_mb == Approx(2 * a.received_ms_per_mb));
  CHECK(b.fp16_ms_per_mb == Approx(2 * a.fp16_ms_per_mb));
  CHECK(slow.nic_mbit == 100);
  CHECK(name_of(slow) == "plain@0.5");
}

TEST_CASE("messages take a core's share of the node's computing") {
  const auto costs = message_costs_of(plain_device());
  CHECK(costs.message_ms == Approx(0.1));
  CHECK(costs.sent_ms_per_mb == Approx((2 + 10) / 4.0));
  CHECK(costs.received_ms_per_mb == Approx((8 + 10) / 4.0));
}

TEST_CASE("the shipped descriptions can be read, and differ") {
  REQUIRE(shipped_devices().size() >= 4);
  const auto g = one_convolution(3);
  std::set<double> times;
  for (const auto& shipped : shipped_devices()) {
    const auto device = find_device(std::string{shipped.id});
    CHECK(device.id == shipped.id);
    CHECK_FALSE(device.name.empty());
    CHECK(device.likely_gb_per_s[0] < device.likely_gb_per_s[1]);
    times.insert(piece_ms(device, g, 0, whole_of(g)));
  }
  CHECK(times.size() == shipped_devices().size());
  CHECK(find_device("pi4-pytorch@0.5").dense.gmacs ==
        Approx(find_device("pi4-pytorch").dense.gmacs / 2));
  CHECK(find_device("pi4-pytorch").cipher.cipher == "chacha20-poly1305");
  CHECK(find_device("pi5-pytorch").cipher.cipher == "aes-gcm");
}

TEST_CASE("what is wrong with a description is said with its place") {
  const std::string good{shipped_devices().front().text};
  const auto refusal = [&](const std::string& from, const std::string& to) {
    auto text = good;
    text.replace(text.find(from), from.size(), to);
    try {
      parse_device(text, "my.toml");
    } catch (const user_error& e) {
      return std::string{e.what()};
    }
    return std::string{};
  };
  CHECK(refusal("cores = 4", "cores = 4").empty());
  CHECK(refusal("cores = 4", "cores = 0").find("my.toml:") == 0);
  CHECK(refusal("cores = 4", "crores = 4").find("there is no option crores") != std::string::npos);
  CHECK(refusal("gmacs =", "speed =").find("dense_3x3.") != std::string::npos);
  CHECK(refusal("[memory]", "[memories]").find("[memory] is missing") != std::string::npos);
  CHECK(refusal("fixed_ms = ", "fixed_ms = -").find("op.fixed_ms must be") != std::string::npos);
  CHECK(refusal("likely_gb_per_s = [", "likely_gb_per_s = [100, ").find("two numbers") !=
        std::string::npos);
  for (const auto* unknown : {"pi9", "", "pi4-pytorch@0", "pi4-pytorch@x", "/nowhere.toml"})
    CHECK_THROWS_AS(find_device(unknown), user_error);
}

TEST_CASE("a device's table says what its pieces take") {
  CHECK(rc::check("whole ops and strips, within the tolerance", [] {
    const auto seed = *rc::gen::arbitrary<std::uint32_t>();
    random_source random{seed};
    const auto g = random_graph(random, 8);
    const auto& all = shipped_devices();
    const auto device = find_device(std::string{
        all[static_cast<std::size_t>(random.number(0, std::int64_t(all.size()) - 1))].id});
    const auto table = device_table(device, g);
    RC_ASSERT(is_sound(table));
    double whole_model = 0;
    for (op_id id = 0; id < g.ops.size(); ++id) {
      const auto whole = whole_of(g, id);
      const auto ms = piece_ms(device, g, id, whole);
      whole_model += ms;
      RC_ASSERT(std::abs(bramble::piece_ms(table, id, whole, whole) - ms) <= 1e-9 + 1e-9 * ms);
      if (!splittable(g, g.ops[id])) continue;
      auto strip = whole;
      const auto rows = random.number(1, whole.rows.size());
      strip.rows.begin = (whole.rows.size() - rows) / 2;
      strip.rows.end = strip.rows.begin + rows;
      const auto exact = piece_ms(device, g, id, strip);
      const auto told = bramble::piece_ms(table, id, strip, whole);
      RC_ASSERT(std::abs(told - exact) <= 2 * defaults::device_table_tolerance * exact);
    }
    RC_ASSERT(std::abs(whole_model - model_ms(device, g)) <= 1e-9 * whole_model);
  }));
}

TEST_CASE("a shelf's devices bring times, costs of messages and their card") {
  const auto g = one_convolution(3);
  auto s = parse_shelf(R"(host = "a"
[[node]]
name = "a"
device = "pi4-pytorch"
[[node]]
name = "b"
device = "pi3b+@0.5"
nic_mbit = 50
)",
                       "shelf.toml");
  load_devices(s, g);
  CHECK(s.nodes[0].nic_mbit == 940);
  CHECK(s.nodes[1].nic_mbit == 50);
  CHECK(s.nodes[0].messages == message_costs_of(find_device("pi4-pytorch")));
  CHECK(piece_ms(s.nodes[1].table, 0, whole_of(g), whole_of(g)) ==
        Approx(2 * piece_ms(find_device("pi3b+"), g, 0, whole_of(g))));
  CHECK(parse_shelf(format_shelf(s), "again").nodes[1].device == "pi3b+@0.5");
  CHECK_THROWS_AS(parse_shelf("host = \"a\"\n[[node]]\nname = \"a\"\ndevice = \"pi3b+\"\ngmacs = 2",
                              "shelf.toml"),
                  user_error);
}

TEST_CASE("an emulated plan pays for its transfers by their numbers") {
  auto g = std::make_shared<graph>(one_convolution(3));
  plan p;
  p.nodes = {"a", "b"};
  p.host = 0;
  p.pieces = {{0, 1, whole_of(*g)}};
  p.wire = wire_type::fp16;
  const auto d = plain_device();
  const emulated_plan emulated{std::make_shared<const emulated_model>(emulated_model{g, d}), p};
  const auto transfers = derive(*g, p).transfers;
  REQUIRE(transfers.size() == 2);
  const auto costs = message_costs_of(d);
  for (std::uint32_t t = 0; t < 2; ++t) {
    const auto& value = g->values[transfers[t].value];
    const auto& part = transfers[t].part;
    CHECK(emulated.sent(t).ms() == Approx(sent_ms(costs, p.wire, value, part)));
    CHECK(emulated.received(t).ms() == Approx(received_ms(costs, p.wire, value, part)));
    CHECK(emulated.received(t).ms() > emulated.sent(t).ms());
    const auto mb = static_cast<double>(wire_bytes(p.wire, value, part)) / 1e6;
    CHECK(emulated.sent(t).encryption_ms == Approx(mb * 10 / 4));
  }
  CHECK(emulated.piece_ms(0, whole_of(*g)) == piece_ms(d, *g, 0, whole_of(*g)));
}

TEST_CASE("a model's times by kind of op are those of its table") {
  const auto g = one_convolution(3);
  const auto d = plain_device();
  const auto times = times_by_kind(g, device_table(d, g));
  const auto& dense = times[static_cast<std::size_t>(op_class::dense_3x3)];
  CHECK(dense.ops == 1);
  CHECK(dense.macs == Approx(40.0 * 40 * 32 * 16 * 9));
  CHECK(dense.weight_bytes == Approx((32 * 16 * 9 + 32) * 4.0));
  CHECK(dense.ms == Approx(model_ms(d, g)));
  CHECK(times[static_cast<std::size_t>(op_class::dense)].ops == 0);
  const auto single = one_convolution(3, 1, 16);
  CHECK(class_of(single, 0) == op_class::depthwise);
  CHECK(class_of(one_convolution(3, 2), 0) == op_class::dense);
}
