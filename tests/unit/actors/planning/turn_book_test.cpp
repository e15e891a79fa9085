#include "actors/planning/core/turn_book.hpp"

#include <rapidcheck.h>

#include "tests/support/catch.hpp"
#include "tests/support/turn_kit.hpp"

using namespace bramble;
using namespace bramble::test;
using namespace std::chrono_literals;

TEST_CASE("a request that is alone is told and answered at once, and need not ask the next time") {
  turn_kit k;
  for (std::uint64_t i = 1; i < 6; ++i) {
    k.ask("pi1", i, true);
    REQUIRE(k.grants.size() == i);
    CHECK(k.grants.back().what.team.empty());
    CHECK_FALSE(k.grants.back().what.ask_first);
    k.now += 570ms;
    k.end("pi1", i);
  }
  CHECK(k.surveys == 0);
  CHECK(k.book.running() == 0);
}

TEST_CASE("another host's request under way makes hosts ask") {
  turn_kit k;
  k.ask("pi1", 1, true);
  k.ask("pi2", 1, true);
  CHECK(k.grants.back().what.ask_first);
}

TEST_CASE("who waits for all nodes is not overtaken for ever by those who need one each") {
  turn_kit k;
  std::uint64_t asked = 0;
  for (; asked < 12; ++asked) k.ask("pi1", asked + 1);
  std::size_t ended = 0;
  const auto one_ends = [&] {
    k.now += 485ms;
    while (k.grants[ended].host != "pi1") ++ended;
    k.end("pi1", k.grants[ended++].number);
    k.ask("pi1", ++asked);
  };
  for (int round = 0; round < 20; ++round) one_ends();
  REQUIRE(k.book.report(k.now).front().kind == "whole");
  k.ways_of["another"] = {four_ways[0]};
  k.ask("pi2", 1, false, "another");
  k.ask("pi2", 2, false, "another");
  for (int round = 0; round < 60 && !k.has_turn("pi2", 2); ++round) one_ends();
  CHECK(k.has_turn("pi2", 1));
  CHECK(k.has_turn("pi2", 2));
}

TEST_CASE("hosts take turns, in proportion to the clients that wait at them") {
  turn_kit k;
  for (std::uint64_t i = 1; i <= 40; ++i) k.ask("pi1", i, false, "model", 1);
  for (std::uint64_t i = 1; i <= 40; ++i) k.ask("pi2", i, false, "model", 3);
  std::map<std::string, std::uint64_t> given, ended;
  std::size_t seen = 0;
  while (seen < 48) {
    REQUIRE(k.grants.size() > seen);
    const auto each = k.grants[seen++];
    ++given[each.host];
    k.now += 500ms;
    k.end(each.host, each.number);
  }
  // The first few went to pi1, which was alone then.
  CHECK(given["pi2"] > 2 * given["pi1"] - 16);
  CHECK(given["pi1"] >= 10);
}

TEST_CASE("who had many turns is not made to wait until a newcomer had as many") {
  turn_kit k;
  // Two at a time, so that it is known what they take.
  for (std::uint64_t i = 1; i <= 40; i += 2) {
    k.ask("pi1", i);
    k.ask("pi1", i + 1);
    k.now += 600ms;
    k.end("pi1", i);
    k.end("pi1", i + 1);
  }
  const auto before = k.grants.size();
  SECTION("at another host, which nobody waited beside") {
    for (std::uint64_t i = 1; i <= 20; ++i) k.ask("pi2", i);
    for (std::uint64_t i = 41; i <= 60; ++i) k.ask("pi1", i);
  }
  SECTION("with another model") {
    for (std::uint64_t i = 101; i <= 120; ++i) k.ask("pi2", i, false, "new");
    for (std::uint64_t i = 41; i <= 60; ++i) k.ask("pi1", i);
  }
  std::map<std::string, std::size_t> given;
  for (auto seen = before; seen < before + 20; ++seen) {
    REQUIRE(k.grants.size() > seen);
    const auto each = k.grants[seen];
    ++given[each.host];
    k.now += 500ms;
    k.end(each.host, each.number);
  }
  // Some of the first went to whoever came first.
  CHECK(given["pi1"] >= 5);
  CHECK(given["pi2"] >= 5);
}

TEST_CASE("models that are asked for at once each get their share") {
  turn_kit k;
  for (std::uint64_t i = 1; i <= 30; ++i) k.ask("pi1", i, false, "greedy");
  for (std::uint64_t i = 101; i <= 104; ++i) k.ask("pi1", i, false, "modest");
  std::size_t seen = 0;
  while (seen < 16) {
    REQUIRE(k.grants.size() > seen);
    const auto each = k.grants[seen++];
    k.now += 500ms;
    k.end(each.host, each.number);
  }
  for (std::uint64_t i = 101; i <= 104; ++i) CHECK(k.has_turn("pi1", i));
}

TEST_CASE("models get equal time of nodes, whether a request takes one node or all") {
  turn_kit k;
  k.ways_of["divided"] = {four_ways[0]};
  k.ways_of["whole"] = {four_ways[2]};
  std::map<std::string, std::uint64_t> asked;  // hosts stand for the models
  const auto ask = [&](const std::string& host, const std::string& model) {
    k.ask(host, ++asked[host], false, model);
  };
  for (int i = 0; i < 12; ++i) {
    ask("pi1", "divided");
    ask("pi2", "whole");
  }
  for (std::size_t ended = 0; ended < 80; ++ended) {
    REQUIRE(k.grants.size() > ended);
    const auto each = k.grants[ended];
    k.now += 550ms;
    k.end(each.host, each.number);
    ask(each.host, each.host == "pi1" ? "divided" : "whole");
  }
  const auto turns_of = [&](const std::string& host) {
    return static_cast<double>(std::ranges::count(k.grants, host, &turn_actions::grant::host));
  };
  const auto divided = turns_of("pi1") * 4 * 550, whole = turns_of("pi2") * 1940;
  CHECK(divided < 1.25 * whole);
  CHECK(whole < 1.25 * divided);
}

TEST_CASE("what a host that left had is over, and others go on") {
  turn_kit k;
  for (std::uint64_t i = 1; i <= 8; ++i) k.ask("pi2", i);
  k.ask("pi1", 1);
  CHECK_FALSE(k.has_turn("pi1", 1));
  const std::set<std::string> rest{"pi1", "pi3", "pi4"};
  k.happen(k.book.use_members(rest, rest, k.now));
  CHECK(k.has_turn("pi1", 1));
  CHECK(k.book.running() == 1);
  k.end("pi1", 1);
  CHECK(k.book.running() == 0);
}

TEST_CASE("turns whose end was lost are over at the host's next request, or after a while") {
  turn_kit k;
  for (std::uint64_t i = 1; i <= 8; ++i) k.ask("pi2", i);
  turn_query next;
  next.what.identity = next.what.model = "model";
  next.what.host = "pi2";
  next.number = next.oldest = 9;
  k.happen(k.book.ask(next, k.now));
  CHECK(k.has_turn("pi2", 9));
  k.now += 60s;
  k.happen(k.book.pass(k.now));
  CHECK(k.book.running() == 0);
}

TEST_CASE("a coordinator that is not asked any more lets everybody go on") {
  turn_kit k;
  for (std::uint64_t i = 1; i <= 8; ++i) k.ask("pi2", i);
  k.happen(k.book.give_up());
  for (std::uint64_t i = 1; i <= 8; ++i) CHECK(k.has_turn("pi2", i));
  CHECK(k.book.running() + k.book.waiting() == 0);
  k.end("pi2", 1);
}

TEST_CASE("any events in any order: each request gets one turn, and none waits for nobody") {
  REQUIRE(rc::check("turns", [] {
    turn_kit k;
    k.plans_fail = *rc::gen::arbitrary<bool>();
    std::map<std::pair<std::string, std::uint64_t>, bool> open;  // whether it is given up
    std::uint64_t last = 0;
    const auto steps = *rc::gen::inRange(10, 120);
    for (int i = 0; i < steps; ++i) {
      k.now += std::chrono::milliseconds{*rc::gen::inRange(0, 900)};
      const auto what = *rc::gen::inRange(0, 10);
      const auto host = "pi" + std::to_string(*rc::gen::inRange(1, 5));
      if (what < 5) {
        k.ask(host, ++last, *rc::gen::inRange(0, 4) == 0, what % 2 == 0 ? "a" : "b",
              static_cast<std::uint32_t>(*rc::gen::inRange(0, 4)));
        open[{host, last}] = false;
      } else if (!open.empty()) {
        auto which = open.begin();
        std::advance(which, *rc::gen::inRange<std::size_t>(0, open.size()));
        k.end(which->first.first, which->first.second);
        open.erase(which);
      }
      // Some that were never ended are thought to be over by now.
      RC_ASSERT(k.book.running() + k.book.waiting() <= open.size());
    }
    while (!open.empty()) {
      const auto which = std::ranges::find_if(
          open, [&](const auto& each) { return k.has_turn(each.first.first, each.first.second); });
      RC_ASSERT(which != open.end());
      k.now += 700ms;
      k.end(which->first.first, which->first.second);
      open.erase(which);
    }
    std::set<std::pair<std::string, std::uint64_t>> seen;
    for (const auto& each : k.grants) RC_ASSERT(seen.insert({each.host, each.number}).second);
    RC_ASSERT(k.book.running() == 0U);
    RC_ASSERT(k.book.waiting() == 0U);
  }));
}
