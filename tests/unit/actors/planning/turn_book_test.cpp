#include "actors/planning/core/turn_book.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <map>

#include "tests/support/catch.hpp"

using namespace bramble;
using namespace std::chrono_literals;
namespace turn_acts = bramble::turn_actions;

namespace {

using team_names = std::vector<std::string>;

const std::vector<way> four_ways{
    {{{{"pi1", "pi2", "pi3", "pi4"}, 570, 550}}},
    {{{{"pi1", "pi3"}, 1020, 1000}, {{"pi2", "pi4"}, 1020, 1000}}},
    {{{{"pi1"}, 1940, 1940}, {{"pi2"}, 1940, 1940}, {{"pi3"}, 1940, 1940}, {{"pi4"}, 1940, 1940}}}};

/// A coordinator's shelf of four, with nothing behind it: ways and plans are there at once.
struct turn_kit {
  turn_book book;
  turn_book::time_point now{1h};
  std::vector<turn_acts::grant> grants;  ///< all so far
  std::vector<way> ways = four_ways;
  std::map<std::string, std::vector<way>> ways_of;  ///< by model, where they are others
  bool plans_fail = false, has_facts = true;
  std::size_t surveys = 0, plans = 0;

  turn_kit() {
    const std::set<std::string> all{"pi1", "pi2", "pi3", "pi4"};
    happen(book.use_members(all, all, now));
  }

  const std::vector<way>& ways_for(const std::string& model) const {
    const auto own = ways_of.find(model);
    return own == ways_of.end() ? ways : own->second;
  }

  void happen(const turn_todo& todo) {
    for (const auto& each : todo) {
      if (const auto* given = std::get_if<turn_acts::grant>(&each)) grants.push_back(*given);
      if (const auto* ask = std::get_if<turn_acts::survey>(&each)) {
        ++surveys;
        if (has_facts)
          happen(book.surveyed(ask->stream, ways_for(ask->query.model), now));
        else
          book.not_surveyed(ask->stream);
      }
      if (const auto* ask = std::get_if<turn_acts::prepare>(&each)) {
        ++plans;
        happen(book.prepared(ask->stream, ask->query, !plans_fail, now));
      }
    }
  }

  void ask(const std::string& host, std::uint64_t number, bool runs = false,
           const std::string& model = "model", std::uint32_t clients = 1) {
    turn_query query;
    query.what.model = query.what.identity = model;
    query.what.host = host;
    query.number = number;
    query.clients = clients;
    query.runs = runs;
    happen(book.ask(query, now));
  }
  void end(const std::string& host, std::uint64_t number) { happen(book.end({host, number}, now)); }
  std::vector<way_switch> switches() const {
    const auto all = book.report(now);
    return all.empty() ? std::vector<way_switch>{} : all[0].switches;
  }
  std::string way_now() const {
    const auto all = book.report(now);
    return all.empty() ? "" : all[0].how;
  }
  bool has_turn(const std::string& host, std::uint64_t number) const {
    return std::ranges::any_of(
        grants, [&](const auto& each) { return each.host == host && each.number == number; });
  }
};

}  // namespace

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
    return static_cast<double>(std::ranges::count(k.grants, host, &turn_acts::grant::host));
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
