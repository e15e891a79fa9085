// A whole shelf in one process, and many requests at once.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "actors/planning/core/turn_simulation.hpp"
#include "config/defaults_load.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/shelf_simulation.hpp"

using namespace bramble;
using namespace bramble::test;
using namespace std::chrono_literals;

namespace {

using node_names_list = std::vector<std::string>;
using milliseconds = std::chrono::milliseconds;

/// Four nodes that know each other; pi1 coordinates.
struct busy_shelf : shelf_simulation {
  busy_shelf() : shelf_simulation{4} {
    REQUIRE(pass_until([&] { return agree({"pi1", "pi2", "pi3", "pi4"}); }, 10s));
    const auto first = ask("pi2");
    REQUIRE(pass_until([&] { return !first->answers.empty(); }, 60s));
    alone_ms = milliseconds{static_cast<std::int64_t>(first->answers[0].latency_ms) + 1};
  }

  /// So many clients, each of which asks again when it has its answer, for so long.
  void clients(std::size_t count, milliseconds length, const node_names_list& hosts) {
    const auto end = now() + length;
    std::vector<simulated_request_ptr> open;
    for (std::size_t i = 0; now() < end; ++i) {
      std::erase_if(open, [](const auto& each) { return !each->answers.empty(); });
      while (open.size() < count) {
        open.push_back(ask(hosts[all.size() % hosts.size()]));
        all.push_back(open.back());
      }
      pass(1ms);
    }
  }

  /// So many at once, at one host; the mean of what they took, in ms.
  double burst(std::size_t count, const std::string& host) {
    const auto begin = now();
    std::vector<simulated_request_ptr> open;
    for (std::size_t i = 0; i < count; ++i) open.push_back(ask(host));
    all.insert(all.end(), open.begin(), open.end());
    double sum_ms = 0;
    while (!open.empty() && now() < begin + 60s) {
      pass(1ms);
      for (const auto& each : open)
        if (!each->answers.empty()) sum_ms += static_cast<double>((now() - begin).count());
      std::erase_if(open, [](const auto& each) { return !each->answers.empty(); });
    }
    REQUIRE(open.empty());
    return sum_ms / static_cast<double>(count);
  }

  std::vector<way_switch> switches() {
    const auto ways = live("pi1").ways;
    return ways.empty() ? std::vector<way_switch>{} : ways[0].switches;
  }

  /// At random, so many a second, for so long; `disturb` once in the middle.
  void offer(double per_second, milliseconds length, const std::function<void()>& disturb) {
    std::mt19937 random{7};
    std::exponential_distribution<double> pause{per_second / 1e3};
    const auto begin = now();
    bool is_disturbed = false;
    while (now() < begin + length) {
      pass(milliseconds{1 + static_cast<std::int64_t>(pause(random))});
      if (!is_disturbed && now() > begin + length / 2) {
        disturb();
        is_disturbed = true;
      }
      all.push_back(ask(names()[all.size() % names().size()]));
    }
  }

  /// Every request was answered, once and rightly, and nothing is left of any.
  void is_answered() {
    CHECK(pass_until(
        [&] {
          return std::ranges::none_of(all, [](const auto& each) { return each->answers.empty(); });
        },
        120s));
    for (const auto& each : all) {
      INFO(each->number << ": " << each->trouble.value_or("no trouble"));
      REQUIRE(each->answers.size() == 1);
      REQUIRE(answers_rightly(*each));
    }
    pass(60s);
    CHECK(ghosts().empty());
  }

  /// Answers a second of those that came at or after `since`.
  std::set<node_names_list> teams(std::size_t last) const {
    std::set<node_names_list> out;
    for (std::size_t i = all.size() - std::min(last, all.size()); i < all.size(); ++i)
      if (!all[i]->answers.empty()) out.insert(all[i]->answers[0].nodes);
    return out;
  }

  milliseconds alone_ms{};  ///< what a request takes that is alone
  std::vector<simulated_request_ptr> all;
};

}  // namespace

TEST_CASE("one client after the other: all nodes work on each request") {
  busy_shelf s;
  s.clients(1, 20 * s.alone_ms, {"pi2", "pi3"});
  CHECK(s.teams(10) == std::set<node_names_list>{{"pi1", "pi2", "pi3", "pi4"}});
  s.is_answered();
}

TEST_CASE("many clients at one host: whole requests on different nodes, more of them a second") {
  busy_shelf s;
  s.clients(8, 200 * s.alone_ms, {"pi2"});
  const auto teams = s.teams(30);
  CHECK(std::ranges::any_of(teams, [](const auto& each) { return each.size() == 1; }));
  std::set<std::string> working;
  for (const auto& each : teams) working.insert(each.begin(), each.end());
  CHECK(working.size() == 4);
  s.is_answered();
}

TEST_CASE("many clients from the first request on: the ways are known as soon as a plan is") {
  shelf_simulation s{4};
  REQUIRE(s.pass_until([&] { return s.agree({"pi1", "pi2", "pi3", "pi4"}); }, 10s));
  std::vector<simulated_request_ptr> all;
  for (int i = 0; i < 32; ++i) all.push_back(s.ask("pi2"));
  REQUIRE(s.pass_until([&] { return !all[0]->answers.empty(); }, 10s));
  all.push_back(s.ask("pi2"));
  s.pass(100ms);
  CHECK_FALSE(s.live("pi1").ways.empty());
  CHECK(s.pass_until(
      [&] {
        return std::ranges::all_of(all, [&](const auto& r) { return s.answers_rightly(*r); });
      },
      60s));
}

TEST_CASE(
    "a burst of eight, then one client: the shelf goes back to dividing within three requests") {
  busy_shelf s;
  s.clients(8, 100 * s.alone_ms, {"pi1", "pi2", "pi3", "pi4"});
  s.is_answered();
  for (int i = 0; i < 3; ++i) {
    s.all.push_back(s.ask("pi3"));
    REQUIRE(s.pass_until([&] { return !s.all.back()->answers.empty(); }, 60s));
  }
  s.all.push_back(s.ask("pi3"));
  REQUIRE(s.pass_until([&] { return !s.all.back()->answers.empty(); }, 60s));
  CHECK(s.all.back()->answers[0].nodes == node_names_list{"pi1", "pi2", "pi3", "pi4"});
}

TEST_CASE(
    "a burst of eight after an idle minute is served as well as the policy's simulation says") {
  busy_shelf s;
  // Somebody was there before: the ways are known, their plans are made.
  s.clients(8, 100 * s.alone_ms, {"pi2"});
  s.is_answered();
  s.pass(60s);
  offered_load burst;
  burst.clients = 8;
  burst.once = true;
  const auto said_ms = forecast(s.ways(), burst).times.mean_ms;
  const auto took_ms = s.burst(8, "pi2");
  INFO("said " << said_ms << " ms, took " << took_ms << " ms, alone " << s.alone_ms.count());
  // What it says is without the way of questions and turns between nodes.
  CHECK(took_ms <= 1.1 * said_ms + 5);
  s.is_answered();
}

TEST_CASE(
    "a load that swings: all is answered, once and rightly, and the way changes now and then") {
  busy_shelf s;
  for (int i = 0; i < 6; ++i) {
    s.clients(6, 10 * s.alone_ms, {"pi1", "pi4"});
    s.clients(1, 10 * s.alone_ms, {"pi4"});
  }
  const auto switches = s.switches();
  CHECK(switches.size() >= 2);
  for (std::size_t i = 1; i < switches.size(); ++i) {
    CHECK(switches[i].from == switches[i - 1].to);
    const auto between = switches[i - 1].seconds_ago - switches[i].seconds_ago;
    CHECK(between >= std::chrono::duration<double>{defaults::way_cooldown}.count() - 1e-6);
  }
  s.is_answered();
}

TEST_CASE("at 90 % load") {
  busy_shelf s;
  // Of what four nodes do that share each request.
  const auto load = 0.9 * 1e3 / static_cast<double>(s.alone_ms.count());
  const auto length = 200 * s.alone_ms;
  SECTION("a helper is killed") {
    s.offer(load, length, [&] { s.kill("pi4"); });
  }
  SECTION("the coordinator is killed") {
    s.offer(load, length, [&] { s.kill("pi1"); });
  }
  SECTION("a node is drained") {
    s.offer(load, length, [&] { s.change("pi3", {runtime_override::kind_t::drain, 0}); });
  }
  SECTION("the coordinator is cut off") {
    s.offer(load, length, [&] {
      for (const auto& other : s.names()) {
        s.network().cut("pi1", other);
        s.network().cut(other, "pi1");
      }
    });
    for (const auto& other : s.names()) {
      s.network().heal("pi1", other);
      s.network().heal(other, "pi1");
    }
  }
  s.is_answered();
}
