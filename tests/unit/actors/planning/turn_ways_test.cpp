#include <rapidcheck.h>

#include "tests/support/catch.hpp"
#include "tests/support/turn_kit.hpp"

using namespace bramble;
using namespace bramble::test;
using namespace std::chrono_literals;

TEST_CASE("with many requests each node makes its own, wherever they came in") {
  turn_kit k;
  for (std::uint64_t i = 1; i <= 12; ++i) k.ask("pi1", i);
  CHECK(k.surveys == 1);
  // Two of a team at once: the others wait.
  CHECK(k.book.waiting() > 0);
  for (std::uint64_t done = 1; done <= 8; ++done) {
    k.now += 600ms;
    k.end("pi1", done);
    k.ask("pi1", 12 + done);
  }
  CHECK(k.way_now() == "each of 4 nodes makes requests whole");
  for (std::uint64_t i = 9; i <= 20; ++i) {
    k.now += 600ms;
    k.end("pi1", i);
  }
  CHECK(k.grants.size() == 20);
  CHECK(k.book.waiting() == 0);
  for (std::uint64_t i = 1; i <= 20; ++i) CHECK(k.has_turn("pi1", i));
  std::set<team_names> teams;
  for (const auto& each : k.grants) teams.insert(each.what.team);
  CHECK(teams.size() >= 4);
}

TEST_CASE(
    "where nothing is known of a new load, its ways are looked for with each further request") {
  turn_kit k;
  k.has_facts = false;
  for (std::uint64_t i = 1; i <= 4; ++i) k.ask("pi1", i);
  CHECK(k.surveys >= 3);
  CHECK(k.way_now().empty());
  k.has_facts = true;
  k.ask("pi1", 5);
  CHECK_FALSE(k.way_now().empty());
  const auto known = k.surveys;
  k.ask("pi1", 6);
  CHECK(k.surveys == known);
}

TEST_CASE("a load that ends brings the team of all back within three requests") {
  turn_kit k;
  for (std::uint64_t i = 1; i <= 8; ++i) k.ask("pi1", i);
  k.now += 2s;
  for (std::uint64_t i = 1; i <= 8; ++i) k.end("pi1", i);
  for (std::uint64_t i = 9; i < 9 + defaults::arrivals_few; ++i) {
    k.now += 1s;
    k.ask("pi1", i);
    k.now += 1s;
    k.end("pi1", i);
  }
  k.ask("pi1", 99);
  CHECK(k.grants.back().what.team.empty());
  CHECK_FALSE(k.grants.back().what.ask_first);
  CHECK(k.way_now() == "all 4 nodes share each request");
}

TEST_CASE("a pipeline is filled, and its requests are told by which plan they go") {
  turn_kit k;
  const team_names all{"pi1", "pi2", "pi3", "pi4"};
  k.ways = {way{{team{all, 700, 690}}}, way{{team{all, 2000, 500, "pipeline"}}}};
  for (std::uint64_t i = 1; i <= 12; ++i) k.ask("pi1", i);
  CHECK(k.way_now() == "a part of each request on each of 4 nodes");
  const auto by_pipeline = std::ranges::count_if(
      k.grants, [](const auto& each) { return each.what.method == "pipeline"; });
  CHECK(k.book.running() == all.size() + 1);
  CHECK(by_pipeline > 0);
  for (const auto& each : k.grants)
    CHECK((each.what.method.empty() ? each.what.team.empty() : each.what.team == all));
  CHECK(k.plans == 1);
  CHECK(k.book.report(k.now)[0].kind == "pipeline");
}

TEST_CASE("a way whose plans cannot be made is not taken") {
  turn_kit k;
  k.plans_fail = true;
  for (std::uint64_t i = 1; i <= 8; ++i) k.ask("pi1", i);
  for (std::uint64_t i = 1; i <= 8; ++i) {
    k.now += 600ms;
    k.end("pi1", i);
  }
  CHECK(k.grants.size() == 8);
  CHECK(k.way_now() == "all 4 nodes share each request");
}

TEST_CASE("a load that swings around a boundary causes one change in a cool-down at most") {
  turn_kit k;
  std::vector<turn_book::time_point> changes;
  auto before = k.way_now();
  std::uint64_t next = 1, oldest = 1;
  for (int i = 0; i < 400; ++i) {
    const std::uint64_t wanted = i % 2 == 0 ? 8 : 0;
    while (next - oldest < wanted) k.ask("pi1", next++);
    while (next - oldest > wanted) k.end("pi1", oldest++);
    if (const auto way = k.way_now(); way != before) changes.push_back(k.now);
    before = k.way_now();
    k.now += 50ms;
  }
  REQUIRE(changes.size() >= 2);
  for (std::size_t i = 2; i < changes.size(); ++i)
    CHECK(changes[i] - changes[i - 1] >= defaults::way_cooldown);
}

TEST_CASE("a small gain has to be there at several arrivals in a row") {
  turn_kit k;
  // For two requests at a time 5 % are gained.
  k.ways = {way{{team{{"pi1", "pi2"}, 100, 100}}},
            way{{team{{"pi1"}, 190, 190}, team{{"pi2"}, 190, 190}}}};
  k.ask("pi1", 1);
  k.ask("pi1", 2);
  for (std::uint64_t i = 3; i <= 1 + defaults::way_confirmations; ++i) {
    CHECK(k.way_now() == "all 2 nodes share each request");
    k.now += 100ms;
    k.end("pi1", i - 2);
    k.ask("pi1", i);
  }
  CHECK(k.way_now() == "each of 2 nodes makes requests whole");
}

TEST_CASE("switches are remembered with what went before, and why") {
  turn_kit k;
  for (std::uint64_t i = 1; i <= 12; ++i) k.ask("pi1", i);
  k.now += defaults::way_cooldown;
  k.end("pi1", 1);
  k.ask("pi1", 13);
  k.now += 3s;
  const auto told = k.book.report(k.now);
  REQUIRE(told.size() == 1);
  CHECK(told[0].kind == "whole");
  CHECK(told[0].wire == "fp32");
  CHECK(told[0].most_per_second == Approx(4 / 1.94));
  CHECK(told[0].running + told[0].queued == 12);
  REQUIRE_FALSE(told[0].switches.empty());
  CHECK(told[0].switches.front().from == "all 4 nodes share each request");
  CHECK(told[0].switches.back().to == told[0].how);
  CHECK(told[0].switches.back().why == told[0].why);
  CHECK(told[0].switches.back().seconds_ago == Approx(3));
  CHECK_THAT(told[0].why, Catch::Contains("requests are there: answers come after"));
}

TEST_CASE(
    "whatever is asked when and where: a switch has its reason and leaves time for the next") {
  std::size_t switches = 0;
  REQUIRE(rc::check("switches", [&] {
    turn_kit k;
    std::set<std::pair<std::string, std::uint64_t>> open;
    std::uint64_t last = 0;
    // Calm and busy times, each as long as may be.
    for (auto phases = *rc::gen::inRange(2, 12); phases > 0; --phases) {
      const auto clients = *rc::gen::inRange<std::size_t>(1, 12);
      for (auto steps = *rc::gen::inRange(1, 30); steps > 0; --steps) {
        k.now += std::chrono::milliseconds{*rc::gen::inRange(1, 400)};
        if (!open.empty()) {
          auto which = open.begin();
          std::advance(which, *rc::gen::inRange<std::size_t>(0, open.size()));
          k.end(which->first, which->second);
          open.erase(which);
        }
        while (open.size() < clients) {
          const auto host = "pi" + std::to_string(*rc::gen::inRange(1, 5));
          k.ask(host, ++last);
          open.insert({host, last});
        }
      }
    }
    const auto all = k.switches();
    switches += all.size();
    for (std::size_t i = 0; i < all.size(); ++i) {
      RC_ASSERT(all[i].from != all[i].to);
      RC_ASSERT(all[i].why.find(" instead of ") != std::string::npos);
      if (i == 0) continue;
      RC_ASSERT(all[i].from == all[i - 1].to);
      const auto between = std::chrono::duration<double>{defaults::way_cooldown}.count();
      RC_ASSERT(all[i - 1].seconds_ago - all[i].seconds_ago >= between - 1e-6);
    }
  }));
  CHECK(switches > 100);
}
