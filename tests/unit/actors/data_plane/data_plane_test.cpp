#include <random>
#include <set>
#include <string>
#include <vector>

#include "actors/transport/data_plane/outbox.hpp"
#include "config/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/data_plane_fixture.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;
using namespace bramble::testing;

namespace {

/// Sizes around every border inside, and random ones up to 8 MB.
std::vector<std::size_t> mixed_sizes(std::uint64_t seed) {
  std::vector<std::size_t> sizes{0, 1, 47, 48, 16335, 16336, 16337, 32768, 1U << 20};
  std::mt19937_64 random{seed};
  for (int i = 0; i < 6; ++i) sizes.push_back(random() % (8U << 20));
  std::shuffle(sizes.begin(), sizes.end(), random);
  return sizes;
}

bool arrived_in_order(const std::vector<frame>& got, std::uint64_t seed) {
  const auto sizes = mixed_sizes(seed);
  bool right = got.size() == sizes.size();
  for (std::size_t i = 0; right && i < sizes.size(); ++i) {
    right = got[i].header.size == sizes[i] && got[i].header.transfer == i &&
            test_node::is_intact(got[i]);
  }
  return right;
}

}  // namespace

TEST_CASE("frames of any size arrive in order and intact, both ways at once, among three nodes") {
  const bool encrypt_b = GENERATE(true, false);
  auto config_b = config_of("b");
  auto config_c = config_of("c");
  config_b.encrypt = encrypt_b;  // b and c drop the encryption between them, a does not
  config_c.encrypt = encrypt_b;
  test_node a{"a"};
  test_node b{config_b};
  test_node c{config_c};
  std::vector<test_node*> nodes{&a, &b, &c};
  for (auto* one : nodes) {
    for (auto* other : nodes) {
      if (one != other) one->knows(*other);
    }
  }
  // Nobody waits for the links: what is sent before they are up has to arrive as well.
  for (auto* one : nodes) {
    for (auto* other : nodes) {
      if (one == other) continue;
      const auto seed = static_cast<std::uint64_t>(one->name[0] * 256 + other->name[0]);
      std::uint32_t number = 0;
      for (const auto size : mixed_sizes(seed)) {
        const frame_header header{.a = 7, .request = seed + number, .transfer = number};
        REQUIRE(one->send(other->name, header, size) == send_result::queued);
        ++number;
      }
    }
  }
  for (auto* one : nodes) {
    for (auto* other : nodes) {
      if (one == other) continue;
      const auto seed = static_cast<std::uint64_t>(other->name[0] * 256 + one->name[0]);
      const auto& got = one->frames[other->name];
      REQUIRE(one->wait([&] { return got.size() >= mixed_sizes(seed).size(); }));
      CHECK(arrived_in_order(got, seed));
    }
    REQUIRE(one->wait([&] { return one->left == 30; }));
    CHECK(one->lost == 0);
    for (const auto& stats : one->plane().stats()) {
      CHECK(stats.connections == 1);
      CHECK(stats.bytes_queued <= 8 * frame_header_bytes);  // pings at most
    }
  }
}

TEST_CASE("all fields of a frame's header arrive") {
  test_node a{"a"};
  test_node b{"b"};
  REQUIRE(linked(a, b));
  frame_header header{.kind = frame_kind::blob_block,
                      .wire = 3,
                      .flags = 0xbeef,
                      .a = 0x0123456789abcdef,
                      .request = 42,
                      .transfer = 0xcafe,
                      .item = 0xf00d,
                      .b = 1ULL << 40};
  REQUIRE(b.send("a", header, 5) == send_result::queued);
  REQUIRE(a.wait([&] { return a.frames["b"].size() == 1; }));
  header.size = 5;
  CHECK(a.frames["b"][0].header == header);
  CHECK(a.frames["b"][0].bytes().size() == 5);
}

TEST_CASE("weights let tensors pass") {
  test_node a{"a"};
  test_node b{"b"};
  b.plane().add_peer("a", "127.0.0.1", 1);  // a dials; until then b's frames wait
  for (std::uint32_t i = 0; i < 4; ++i) {
    REQUIRE(b.send("a", {.kind = frame_kind::blob_block, .transfer = i}, 1U << 20) ==
            send_result::queued);
  }
  for (std::uint32_t i = 4; i < 6; ++i) {
    REQUIRE(b.send("a", {.transfer = i}, 1U << 20) == send_result::queued);
  }
  a.knows(b);
  REQUIRE(a.wait([&] { return a.frames["b"].size() == 6; }));
  std::vector<std::uint32_t> order;
  for (const auto& each : a.frames["b"]) order.push_back(each.header.transfer);
  CHECK(order == std::vector<std::uint32_t>{4, 5, 0, 1, 2, 3});
}

TEST_CASE("a tensor overtakes those of its request that are wanted later, and nothing else") {
  outbox box{1U << 20, 1U << 20};
  auto add = [&](frame_kind kind, std::uint64_t request, std::uint32_t transfer) {
    frame_header header;
    header.kind = kind;
    header.request = request;
    header.transfer = transfer;
    REQUIRE(box.push({header, nullptr, nullptr, {}}));
  };
  add(frame_kind::tensor, 1, 5);
  add(frame_kind::tensor, 1, 9);
  add(frame_kind::tensor, 1, 7);
  add(frame_kind::tensor, 2, 3);  // of a later request
  add(frame_kind::tensor, 2, 1);
  add(frame_kind::tensor, 1, 2);
  add(frame_kind::error, 2, 0);
  add(frame_kind::tensor, 2, 0);
  std::vector<std::pair<std::uint64_t, std::uint32_t>> order;
  while (!box.empty()) {
    const auto header = box.pop().header;
    if (header.kind == frame_kind::tensor) order.emplace_back(header.request, header.transfer);
  }
  CHECK(order == decltype(order){{1, 5}, {1, 7}, {1, 9}, {2, 1}, {2, 3}, {1, 2}, {2, 0}});
}

TEST_CASE("a full window refuses more, and a removed peer's frames are reported lost") {
  auto config = config_of("b");
  config.tensor_window = 1U << 20;
  config.blob_window = 1U << 19;
  test_node b{config};
  b.plane().add_peer("a", "127.0.0.1", 1);
  constexpr std::size_t block = (1U << 18) - frame_header_bytes;
  for (int i = 0; i < 4; ++i) REQUIRE(b.send("a", {}, block) == send_result::queued);
  CHECK(b.send("a", {}, 0) == send_result::full);
  const frame_header weights{.kind = frame_kind::blob_block};
  for (int i = 0; i < 2; ++i) REQUIRE(b.send("a", weights, block) == send_result::queued);
  CHECK(b.send("a", weights, block) == send_result::full);
  CHECK(b.plane().stats().at(0).bytes_queued == 6U << 18);
  b.plane().remove_peer("a");
  b.plane().remove_peer("a");
  CHECK(b.wait([&] { return b.lost == 6; }));
  CHECK(b.send("a", {}, 1) == send_result::no_link);
  CHECK_THROWS_AS(b.send("a", {}, config.frame_limit + 1), user_error);
}

TEST_CASE("the window opens again as frames leave") {
  auto config = config_of("a");
  config.tensor_window = 1U << 20;
  test_node a{config};
  test_node b{"b"};
  REQUIRE(linked(a, b));
  std::size_t queued = 0;
  while (queued < 40) {
    const auto result = a.send("b", {.request = queued}, 1U << 19);
    REQUIRE(result != send_result::no_link);
    if (result == send_result::queued) {
      ++queued;
    } else {
      // Room comes with a frame that leaves; the window holds one of these, or two.
      REQUIRE(a.wait([&] { return a.left + 1 >= queued; }));
    }
  }
  REQUIRE(b.wait([&] { return b.frames["a"].size() == 40; }));
  for (const auto& each : b.frames["a"]) CHECK(test_node::is_intact(each));
}

TEST_CASE("a probe measures a link that never carried anything") {
  auto config = config_of("a");
  config.ping_interval = patience;  // what is measured comes from the probe
  test_node a{config};
  config = config_of("b");
  config.ping_interval = patience;
  test_node b{config};
  CHECK_FALSE(a.plane().probe("b"));
  REQUIRE(linked(a, b));
  REQUIRE(a.plane().probe("b"));
  // Its end can be seen in the numbers only, so something that is reported has to go round.
  for (std::uint64_t i = 0; !a.plane().stats().at(0).mbit_out && i < 10000; ++i) {
    REQUIRE(a.send("b", {}, 1) == send_result::queued);
    REQUIRE(b.wait([&] { return b.frames["a"].size() == i + 1; }));
    if (i % 100 == 99) REQUIRE(a.plane().probe("b"));
  }
  const auto seen_by_a = a.plane().stats().at(0);
  REQUIRE(seen_by_a.mbit_out.has_value());
  CHECK(*seen_by_a.mbit_out > 1.0);
  REQUIRE(seen_by_a.rtt_ms.has_value());
  CHECK(*seen_by_a.rtt_ms > 0.0);
  CHECK_FALSE(seen_by_a.mbit_in.has_value());
  CHECK(b.plane().stats().at(0).mbit_in.has_value());
  CHECK(a.frames.empty());
}

TEST_CASE("a handler that throws costs the link, not the process") {
  auto config = config_of("a");
  config.backoff_first = std::chrono::milliseconds{10};
  test_node a{config};
  test_node b{"b"};
  b.on_frame = [](const frame& got) {
    if (got.header.request == 1) throw std::runtime_error("cannot use it");
  };
  REQUIRE(linked(a, b));
  REQUIRE(a.send("b", {.request = 1}, 10) == send_result::queued);
  REQUIRE(b.wait_down("a"));
  CHECK(contains(b.reasons["a"][0], "cannot use it"));
  REQUIRE(a.wait([&] { return !a.reasons["b"].empty() && a.is_up["b"]; }));
  REQUIRE(a.send("b", {.request = 2}, 10) == send_result::queued);
  CHECK(b.wait([&] { return b.frames["a"].size() == 1; }));
}

TEST_CASE("what cannot work is said in a sentence at the start") {
  test_node a{"a"};
  const auto complaint = [](auto change) {
    auto config = config_of("b");
    change(config);
    return complaint_of([&] { test_node{config}; });
  };
  const auto in_use = complaint([&](auto& config) { config.port = a.plane().port(); });
  CHECK(is_sentence(in_use));
  CHECK(contains(in_use, "127.0.0.1 port " + std::to_string(a.plane().port())));
  CHECK(contains(in_use, "Address already in use"));
  CHECK(contains(complaint([](auto& config) { config.name = "c"; }), "of the node b, not of c"));
  CHECK(contains(complaint([](auto& config) { config.key_file = config_of("a").key_file; }),
                 "is not the private key of"));
  CHECK(contains(complaint([](auto& config) { config.ca_file = config.key_file; }),
                 "is no PEM certificate"));
  CHECK(contains(complaint([](auto& config) { config.ca_file = "/no/such/ca.crt"; }),
                 "/no/such/ca.crt"));
  CHECK(is_sentence(complaint([](auto& config) { config.bind_address = "here"; })));
  CHECK(is_sentence(complaint_of([&] { a.knows(a); })));
}
