// A link that goes over another address of its peer from now on, between real planes.
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/data_plane_fixture.hpp"

using namespace bramble;
using namespace bramble::testing;

namespace {

const std::vector<std::string> both_addresses{"127.0.0.1", "127.0.0.2"};

data_plane_config config_that_moves(const std::string& name, std::chrono::milliseconds quiet) {
  auto config = config_of(name);
  config.bind_address = "0.0.0.0";
  config.path_quiet = quiet;
  config.ping_interval = std::chrono::milliseconds{20};
  return config;
}

link_stats link_to(test_node& node, const std::string& peer) {
  for (const auto& each : node.plane().stats())
    if (each.peer == peer) return each;
  return {};
}

/// A link between the two, of whom a knows b by two addresses. What goes over it is paced, so that
/// measurements agree on a busy machine as well.
void connect(test_node& a, test_node& b) {
  a.plane().add_peer("b", both_addresses, b.plane().port());
  b.knows(a);
  REQUIRE(a.wait_up("b"));
  REQUIRE(b.wait_up("a"));
  for (auto* each : {&a, &b}) each->plane().limit_rate(200);
}

/// Probes as often as a node does while a link is not settled, until `done` holds.
template <class Done>
bool probe_until(test_node& one, test_node& other, Done done) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    if (done()) return true;
    for (auto* each : {&one, &other})
      for (const auto& link : each->plane().stats())
        if (link.up && !link.settled_out && link.bytes_queued == 0) each->plane().probe(link.peer);
    std::this_thread::sleep_for(defaults::link_probe_hurry);
  }
  return false;
}

}  // namespace

TEST_CASE("a quiet link tries its peer's other address, and nobody hears of it") {
  const std::chrono::milliseconds quiet{50};
  test_node a{config_that_moves("a", quiet)};
  test_node b{config_that_moves("b", quiet)};
  connect(a, b);
  REQUIRE(probe_until(a, b, [&] { return link_to(a, "b").connections >= 2; }));
  REQUIRE(probe_until(a, b, [&] { return link_to(b, "a").connections >= 2; }));
  // What is sent goes over it both ways.
  REQUIRE(a.send("b", {.request = 1}, 100'000) == send_result::queued);
  REQUIRE(b.send("a", {.request = 2}, 100'000) == send_result::queued);
  CHECK(b.wait([&] { return b.frames["a"].size() == 1; }));
  CHECK(a.wait([&] { return a.frames["b"].size() == 1; }));
  CHECK(a.wait([&] { return a.reasons["b"].empty() && a.lost == 0; }));
  CHECK(b.wait([&] { return b.reasons["a"].empty() && b.lost == 0; }));
}

TEST_CASE("a link that carries something stays where it is") {
  test_node a{config_that_moves("a", patience)};
  test_node b{config_that_moves("b", patience)};
  connect(a, b);
  REQUIRE(probe_until(a, b, [&] { return link_to(a, "b").settled_out; }));
  const auto pings = link_to(a, "b").frames_sent;
  REQUIRE(probe_until(a, b, [&] { return link_to(a, "b").frames_sent > pings + 10; }));
  CHECK(link_to(a, "b").connections == 1);
}

TEST_CASE("an address where somebody else is, is no other way") {
  const std::chrono::milliseconds quiet{20};
  auto config_c = config_that_moves("c", quiet);
  config_c.bind_address = "127.0.0.2";
  test_node c{config_c};
  auto config_b = config_that_moves("b", quiet);
  config_b.bind_address = "127.0.0.1";
  config_b.port = c.plane().port();
  test_node b{config_b};
  test_node a{config_that_moves("a", quiet)};
  connect(a, b);
  REQUIRE(probe_until(a, b, [&] { return link_to(a, "b").settled_out; }));
  const auto pings = link_to(a, "b").frames_sent;
  REQUIRE(probe_until(a, b, [&] { return link_to(a, "b").frames_sent > pings + 20; }));
  REQUIRE(a.send("b", {.request = 1}, 1000) == send_result::queued);
  CHECK(b.wait([&] { return b.frames["a"].size() == 1; }));
  CHECK(link_to(a, "b").connections == 1);
  CHECK(a.wait([&] { return a.reasons["b"].empty(); }));
}
