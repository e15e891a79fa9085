// How two nodes come to have one link, lose it and find each other again.
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "tests/support/catch.hpp"
#include "tests/support/data_plane_fixture.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;
using namespace bramble::testing;

TEST_CASE("a node that dies is reported, its frames are lost, and it is found when it is back") {
  const bool smaller_dies = GENERATE(true, false);
  const std::string died_name = smaller_dies ? "a" : "b";
  test_node lives{smaller_dies ? "b" : "a"};
  auto mortal = std::make_unique<test_node>(died_name);
  REQUIRE(linked(lives, *mortal));
  const auto port = mortal->plane().port();
  // Its reader stands still in the first frame, so the rest cannot have left when it dies.
  std::mutex gate;
  gate.lock();
  mortal->on_frame = [&](const frame&) { const std::lock_guard wait{gate}; };
  constexpr std::size_t count = 7;
  for (std::uint64_t i = 0; i < count; ++i) {
    REQUIRE(lives.send(died_name, {.request = i}, 8U << 20) == send_result::queued);
  }
  REQUIRE(lives.wait([&] { return lives.left >= 1; }));
  std::thread death{[&] { mortal.reset(); }};
  gate.unlock();
  death.join();
  REQUIRE(lives.wait_down(died_name));
  CHECK(lives.wait([&] { return lives.left + lives.lost == count; }));
  CHECK(lives.send(died_name, {}, 1) == send_result::no_link);

  auto config = config_of(died_name);
  config.port = port;
  test_node again{config};
  again.knows(lives);
  REQUIRE(lives.wait_up(died_name));
  REQUIRE(lives.send(died_name, {.request = 99}, 100000) == send_result::queued);
  REQUIRE(again.wait([&] { return again.frames[lives.name].size() == 1; }));
  CHECK(test_node::is_intact(again.frames[lives.name][0]));
}

TEST_CASE("a peer that was heard of again is dialled at once, and frames wait for it") {
  auto config_a = config_of("a");
  config_a.backoff_first = config_a.backoff_last = 2 * patience;  // by itself it would not
  test_node a{config_a};
  auto config_b = config_of("b");
  {
    test_node b{config_b};
    REQUIRE(linked(a, b));
    config_b.port = b.plane().port();
  }
  REQUIRE(a.wait_down("b"));
  CHECK(a.send("b", {}, 1) == send_result::no_link);
  test_node b{config_b};
  b.knows(a);
  a.plane().expect_peer("b");
  a.plane().expect_peer("nobody");
  CHECK(a.send("b", {}, 1000) == send_result::queued);
  CHECK(b.wait([&] { return b.frames["a"].size() == 1; }));
  a.plane().expect_peer("b");
  CHECK(a.wait([&] { return a.is_up["b"]; }));

  // The side that is dialled waits too, and says so when nobody comes.
  auto config_lonely = config_of("c");
  config_lonely.connect_timeout = std::chrono::milliseconds{50};
  test_node c{config_lonely};
  c.plane().add_peer("b", "127.0.0.1", b.plane().port());
  REQUIRE(c.wait_down("b"));
  c.plane().expect_peer("b");
  CHECK(c.wait([&] { return c.reasons["b"].size() == 2; }));
}

TEST_CASE("a peer that moved is followed") {
  test_node a{"a"};
  auto before = std::make_unique<test_node>("b");
  REQUIRE(linked(a, *before));
  test_node after{"b"};
  after.knows(a);
  a.knows(after);
  REQUIRE(after.wait_up("a"));
  REQUIRE(before->wait_down("a"));
  REQUIRE(a.wait([&] { return a.is_up["b"]; }));
  REQUIRE(a.send("b", {}, 10) == send_result::queued);
  CHECK(after.wait([&] { return after.frames["a"].size() == 1; }));
}

TEST_CASE("one that dials before it is known waits until it is") {
  test_node a{"a"};
  test_node b{"b"};
  a.knows(b);
  REQUIRE(a.send("b", {}, 1000) == send_result::queued);
  b.knows(a);
  CHECK(b.wait([&] { return b.frames["a"].size() == 1; }));
}

TEST_CASE("a link needs one direction only: the larger name dials where the smaller cannot") {
  auto config = config_of("b");
  config.dial_courtesy = std::chrono::milliseconds{50};
  test_node a{"a"};
  test_node b{config};
  std::uint16_t nobody = 0;
  { nobody = test_node{"c"}.plane().port(); }
  a.plane().add_peer("b", std::vector<std::string>{"127.0.0.1", "127.0.0.2"}, nobody);
  REQUIRE(a.wait_down("b"));
  b.knows(a);
  REQUIRE(a.wait_up("b"));
  REQUIRE(b.wait_up("a"));
  REQUIRE(a.send("b", {}, 1000) == send_result::queued);
  REQUIRE(b.send("a", {}, 1000) == send_result::queued);
  CHECK(b.wait([&] { return b.frames["a"].size() == 1; }));
  CHECK(a.wait([&] { return a.frames["b"].size() == 1; }));
}

TEST_CASE("two that dial each other at once end with one link") {
  auto config = config_of("b");
  config.dial_courtesy = std::chrono::milliseconds{0};
  for (int round = 0; round < 20; ++round) {
    test_node a{"a"};
    test_node b{config};
    b.knows(a);
    a.knows(b);
    REQUIRE(a.send("b", {.request = 1}, 1000) == send_result::queued);
    REQUIRE(b.send("a", {.request = 2}, 1000) == send_result::queued);
    CHECK(b.wait([&] { return b.frames["a"].size() == 1; }));
    CHECK(a.wait([&] { return a.frames["b"].size() == 1; }));
    // Neither took the other's end of its own attempt for the end of the link.
    CHECK(a.wait([&] { return a.is_up["b"] && a.reasons["b"].empty(); }));
    CHECK(b.wait([&] { return b.is_up["a"] && b.reasons["a"].empty(); }));
  }
}

TEST_CASE("of several addresses one that works is enough, and the missing link is told with them") {
  test_node a{"a"};
  test_node b{"b"};
  b.knows(a);
  // The first is nobody's, the second refuses.
  a.plane().add_peer("b", std::vector<std::string>{"192.0.2.1", "127.0.0.2", "127.0.0.1"},
                     b.plane().port());
  CHECK(a.wait_up("b"));
  a.plane().add_peer("c", std::vector<std::string>{"127.0.0.3", "127.0.0.2"}, b.plane().port());
  REQUIRE(a.wait_down("c"));
  const auto stats = a.plane().stats();
  REQUIRE(stats.size() == 2);
  CHECK(contains(stats[1].trouble, "127.0.0.3:"));
  CHECK(contains(stats[1].trouble, "127.0.0.2:"));
  CHECK(contains(stats[1].trouble, "Connection refused"));
  CHECK(stats[0].trouble.empty());
}

TEST_CASE("any address means those of both families") {
  auto config = config_of("b");
  config.bind_address = "0.0.0.0";
  test_node b{config};
  test_node a{"a"};
  a.plane().add_peer("b", "::1", b.plane().port());
  b.plane().add_peer("a", std::vector<std::string>{}, 1);
  REQUIRE(a.wait_up("b"));
  a.plane().remove_peer("b");
  REQUIRE(b.wait_down("a"));
  a.plane().add_peer("b", "127.0.0.1", b.plane().port());
  CHECK(a.wait([&] { return a.is_up["b"]; }));
}

TEST_CASE("an unreachable peer is reported once, with the reason") {
  test_node b{"b"};
  auto config = config_of("a");
  config.backoff_first = config.backoff_last = std::chrono::milliseconds{10};
  test_node a{config};
  std::uint16_t nobody = 0;
  { nobody = test_node{"c"}.plane().port(); }
  a.plane().add_peer("b", "127.0.0.1", nobody);
  a.plane().add_peer("c", "no such host", 1);
  REQUIRE(a.wait_down("b"));
  REQUIRE(a.wait_down("c"));
  CHECK(a.send("b", {}, 1) == send_result::no_link);
  CHECK(contains(a.reasons["b"][0], "Connection refused"));
  CHECK(contains(a.reasons["c"][0], "no such host"));
  REQUIRE(linked(b, a));
  CHECK(a.reasons["b"].size() == 1);
}
