#include "discovery/membership.hpp"

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "config/defaults.hpp"
#include "config/defaults_addresses.hpp"
#include "config/defaults_operating.hpp"
#include "discovery/duplicate_names.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/mutate.hpp"

using namespace bramble;
using std::chrono::seconds;

namespace {

using state_t = member::state_t;

member member_of(const std::string& name, std::uint64_t boot = 1) {
  member out;
  out.name = name;
  out.addresses = {"10.0.0.1"};
  out.control_port = 7741;
  out.data_port = 7742;
  out.version = "0.1.0";
  out.boot = boot;
  return out;
}

/// Few values for each field, so that claims about one node meet in every way.
rc::Gen<membership> views() {
  return rc::gen::exec([] {
    membership view;
    for (const std::string name : {"a", "b", "c"}) {
      if (!*rc::gen::arbitrary<bool>()) continue;
      auto m = member_of(name, *rc::gen::inRange<std::uint64_t>(0, 3));
      m.incarnation = *rc::gen::inRange<std::uint64_t>(0, 3);
      m.state =
          *rc::gen::element(state_t::alive, state_t::failed, state_t::left, state_t::forgotten);
      m.addresses = {*rc::gen::element<std::string>("10.0.0.1", "10.0.0.2")};
      m.data_port = *rc::gen::element<std::uint16_t>(1, 2);
      m.version = *rc::gen::element<std::string>("1", "2");
      view.members.emplace(name, m);
    }
    return view;
  });
}

membership merged(membership view, const membership& news) {
  merge(view, news);
  return view;
}

std::string complaint(const member& about) {
  membership view;
  view.members.emplace(about.name, about);
  return complaint_of([&] { validate(view, "gossip from pi2"); });
}

}  // namespace

TEST_CASE("merging views is commutative, associative and idempotent") {
  CHECK(rc::check("commutative", [] {
    const auto a = *views();
    const auto b = *views();
    RC_ASSERT(merged(a, b) == merged(b, a));
  }));
  CHECK(rc::check("associative", [] {
    const auto a = *views();
    const auto b = *views();
    const auto c = *views();
    RC_ASSERT(merged(merged(a, b), c) == merged(a, merged(b, c)));
  }));
  CHECK(rc::check("idempotent", [] {
    const auto a = *views();
    const auto b = *views();
    const auto once = merged(a, b);
    auto twice = once;
    RC_ASSERT(merge(twice, b).empty());
    RC_ASSERT(twice == once);
  }));
}

TEST_CASE("merging says whose entry changed") {
  CHECK(rc::check([] {
    const auto before = *views();
    auto after = before;
    const auto changed = merge(after, *views());
    for (const auto& [name, m] : after.members) {
      const auto known = before.members.find(name);
      const bool same = known != before.members.end() && known->second == m;
      RC_ASSERT(same == (std::find(changed.begin(), changed.end(), name) == changed.end()));
    }
  }));
}

TEST_CASE("what is stronger") {
  const auto after = [](member known, const member& news) {
    membership view;
    view.members.emplace(known.name, known);
    membership other;
    other.members.emplace(news.name, news);
    merge(view, other);
    return view.members.at("a");
  };
  auto alive = member_of("a", 5);
  auto failed = alive;
  failed.state = state_t::failed;
  auto left = alive;
  left.state = state_t::left;
  auto refuted = alive;
  refuted.incarnation = 1;
  auto reborn = member_of("a", 6);
  reborn.addresses = {"10.0.0.9"};
  CHECK(after(alive, failed) == failed);
  CHECK(after(failed, left) == left);
  CHECK(after(failed, alive) == failed);
  CHECK(after(failed, refuted) == refuted);
  CHECK(after(left, reborn) == reborn);
  CHECK(after(refuted, reborn) == reborn);
  CHECK(after(reborn, refuted) == reborn);
}

TEST_CASE("gossip in any order ends in one view, in which all the living are alive") {
  CHECK(rc::check([] {
    const auto count = *rc::gen::inRange<std::size_t>(2, 7);
    std::vector<member> selves;
    std::vector<membership> nodes(count);
    for (std::size_t i = 0; i < count; ++i) {
      selves.push_back(member_of("n" + std::to_string(i), 10 + i));
      nodes[i].members.emplace(selves[i].name, selves[i]);
      // What is left of former lives, some of a clock that went ahead.
      auto ghost = member_of("n" + std::to_string(*rc::gen::inRange<std::size_t>(0, count)),
                             *rc::gen::inRange<std::uint64_t>(0, 30));
      ghost.addresses = {"10.9.9.9"};
      ghost.incarnation = *rc::gen::inRange<std::uint64_t>(0, 4);
      ghost.state =
          *rc::gen::element(state_t::alive, state_t::failed, state_t::left, state_t::forgotten);
      membership rumour;
      rumour.members.emplace(ghost.name, ghost);
      merge(nodes[i], rumour);
    }
    const auto hear = [&](std::size_t listener, const membership& news) {
      merge(nodes[listener], news);
      if (refute(nodes[listener], selves[listener])) {
        selves[listener] = nodes[listener].members.at(selves[listener].name);
      }
    };
    const auto somebody = rc::gen::inRange<std::size_t>(0, count);
    const int turmoil = *rc::gen::inRange(0, 40);
    for (int i = 0; i < turmoil; ++i) {
      const auto teller = *somebody;
      if (*rc::gen::arbitrary<bool>()) {
        const auto victim = *somebody;
        if (victim != teller) mark_failed(nodes[teller], selves[victim].name);
      } else {
        hear(*somebody, nodes[teller]);
      }
    }
    // A round tells everybody, a second one what was refuted in the first, and so on.
    for (int round = 0; round < 4; ++round) {
      for (std::size_t from = 0; from < count; ++from) {
        for (std::size_t to = 0; to < count; ++to) hear(to, membership{nodes[from]});
      }
    }
    for (std::size_t i = 0; i < count; ++i) {
      RC_ASSERT(nodes[i] == nodes[0]);
      RC_ASSERT(nodes[0].members.at(selves[i].name) == selves[i]);
      RC_ASSERT(selves[i].state == state_t::alive);
      RC_ASSERT(selves[i].addresses == std::vector<std::string>{"10.0.0.1"});
    }
    // All is said: from here on nobody has to refute anything.
    for (std::size_t i = 0; i < count; ++i) RC_ASSERT(!refute(nodes[i], selves[i]));
  }));
}

TEST_CASE("only the living can fail") {
  membership view;
  auto gone = member_of("a");
  gone.state = state_t::left;
  view.members = {{"a", gone}, {"b", member_of("b")}};
  mark_failed(view, "a");
  mark_failed(view, "b");
  mark_failed(view, "nobody");
  CHECK(view.members.at("a").state == state_t::left);
  CHECK(view.members.at("b").state == state_t::failed);
  CHECK(view.members.size() == 2);
}

TEST_CASE("who is forgotten by hand is gone soon, whoever still speaks of a failed one") {
  const tombstones::time_point start{};
  membership view;
  tombstones memory{defaults::forget_failed_after};
  auto dead = member_of("a");
  dead.state = state_t::failed;
  const membership rumour{{{"a", dead}}};
  view = rumour;
  memory.tidy(view, start);
  view.members.at("a").state = state_t::forgotten;
  memory.tidy(view, start + seconds{100});
  CHECK(merged(view, rumour).members.at("a").state == state_t::forgotten);
  // It is known until all have heard of it, and then as little as one that was away for long.
  memory.tidy(view, start + seconds{101});
  CHECK(view.members.count("a") == 1);
  auto now = start + seconds{100} + defaults::forget_by_hand_after;
  memory.tidy(view, now);
  CHECK(view.members.empty());
  for (int i = 0; i < 100; ++i) {
    merge(view, rumour);
    memory.tidy(view, now += seconds{1});
    CHECK(view.members.empty());
  }
  auto back = member_of("a", 99);
  merge(view, membership{{{"a", back}}});
  memory.tidy(view, now + seconds{1});
  CHECK(view.members.at("a").state == state_t::alive);
}

TEST_CASE("who is gone for long is forgotten, and stays so while others still speak of it") {
  const tombstones::time_point start{};
  const auto after = defaults::forget_failed_after;
  struct observer {
    membership view;
    tombstones memory{defaults::forget_failed_after};
  };
  observer one;
  observer two;
  auto dead = member_of("a");
  dead.state = state_t::failed;
  const membership rumour{{{"a", dead}}};
  one.view = rumour;
  one.memory.tidy(one.view, start);
  // The second hears of it a little later, and both go on talking for ten times as long.
  two.view = rumour;
  two.memory.tidy(two.view, start + seconds{1});
  for (auto now = start + seconds{2}; now < start + 10 * after; now += seconds{1}) {
    for (auto* each : {&one, &two}) {
      merge(each->view, each == &one ? two.view : one.view);
      each->memory.tidy(each->view, now);
    }
    const bool early = now < start + after;
    if (early) REQUIRE(one.view.members.count("a") == 1);
    if (now > start + after + seconds{1}) {
      REQUIRE(one.view.members.empty());
      REQUIRE(two.view.members.empty());
    }
  }
  // It can come back: with a new life, or when the old one was not over after all.
  for (const auto boot : {dead.boot + 1, dead.boot}) {
    merge(one.view, {{{"a", member_of("a", boot)}}});
    one.memory.tidy(one.view, start + 11 * after);
    CHECK(one.view.members.count("a") == 1);
  }
}

TEST_CASE("a new life that fails has its own time") {
  const tombstones::time_point start{};
  const auto after = defaults::forget_failed_after;
  membership view;
  tombstones memory{after};
  for (std::uint64_t boot = 1; boot < 5; ++boot) {
    auto dead = member_of("a", boot);
    dead.state = state_t::failed;
    merge(view, {{{"a", dead}}});
    memory.tidy(view, start + boot * (after - seconds{1}));
    CHECK(view.members.count("a") == 1);
  }
  memory.tidy(view, start + 6 * after);
  CHECK(view.members.empty());
}

TEST_CASE("a name that two running machines claim is told from the ghost of a former life") {
  const duplicate_names::time_point start{};
  auto self = member_of("b", 10);
  self.instance = 1;
  membership mine{{{"b", self}}};
  duplicate_names watch;
  auto now = start;
  const auto hear = [&](const membership& news) {
    now += seconds{1};
    merge(mine, news);
    auto said = watch.look(mine, now);
    if (refute(mine, self)) self = mine.members.at("b");
    for (auto& each : watch.look(mine, now)) said.push_back(each);
    return said;
  };
  auto ghost = member_of("b", 20);  // the clock was ahead when it lived
  ghost.addresses = {"10.0.0.7"};
  ghost.instance = 2;
  for (int i = 0; i < 20; ++i) {
    // Somebody may have missed what the ghost said last, so its words come in several strengths.
    if (i == 10) ghost.incarnation = 50;
    CHECK(hear({{{"b", ghost}}}).empty());
    auto failed = ghost;
    failed.state = state_t::failed;
    CHECK(hear({{{"b", failed}}}).empty());
  }
  CHECK(watch.contested(now).empty());
  auto rival = member_of("b", 15);
  rival.addresses = {"10.0.0.8"};
  rival.instance = 3;
  membership its{{{"b", rival}}};
  std::vector<std::string> said;
  for (int i = 0; i < 20; ++i) {
    merge(its, mine);
    if (refute(its, rival)) rival = its.members.at("b");
    for (const auto& each : hear(its)) said.push_back(each);
  }
  REQUIRE(said.size() == 1);
  CHECK(is_sentence(said[0]));
  CHECK(contains(said[0], "called b"));
  CHECK(contains(said[0], "10.0.0.1:7741"));
  CHECK(contains(said[0], "10.0.0.8:7741"));
  CHECK(watch.contested(now) == std::set<std::string>{"b"});
  // One of them is gone.
  now += defaults::contested_for;
  CHECK(watch.contested(now).empty());
}

TEST_CASE("a third node sees that two claim a name, and that one which starts again does not") {
  duplicate_names watch;
  duplicate_names::time_point now{};
  auto one = member_of("b", 10);
  one.instance = 1;
  auto other = member_of("b", 11);
  other.instance = 2;
  membership view{{{"a", member_of("a")}, {"b", one}}};
  std::size_t said = 0;
  for (int i = 0; i < 12; ++i) {
    now += seconds{1};
    view.members.at("b") = i % 2 == 0 ? other : one;
    said += watch.look(view, now).size();
  }
  CHECK(said == 1);
  CHECK(watch.contested(now) == std::set<std::string>{"b"});
  duplicate_names calm;
  for (std::uint64_t life = 1; life < 50; ++life) {
    now += seconds{1};
    view.members.at("b").instance = life;
    CHECK(calm.look(view, now).empty());
  }
}

TEST_CASE("views from outside are checked") {
  CHECK(complaint(member_of("pi1")).empty());
  CHECK(complaint(member_of(std::string(63, 'a'))).empty());
  const auto wrong = [](auto change) {
    auto m = member_of("pi1");
    change(m);
    const auto said = complaint(m);
    return is_sentence(said) && contains(said, "gossip from pi2");
  };
  CHECK(wrong([](member& m) { m.name = ""; }));
  CHECK(wrong([](member& m) { m.name = std::string(64, 'a'); }));
  CHECK(wrong([](member& m) { m.name = "pi1\n"; }));
  CHECK(wrong([](member& m) { m.addresses = {""}; }));
  CHECK(wrong([](member& m) { m.addresses = {std::string(1000, '1')}; }));
  CHECK(wrong([](member& m) { m.addresses = {"pi1.local"}; }));
  CHECK(wrong([](member& m) { m.addresses = {"fe80::1%eth0"}; }));
  CHECK(wrong([](member& m) { m.addresses.assign(100, "10.0.0.1"); }));
  CHECK(wrong([](member& m) { m.addresses = {"10.0.0.1 and more"}; }));
  CHECK(wrong([](member& m) { m.control_port = 0; }));
  CHECK(wrong([](member& m) { m.data_port = 0; }));
  CHECK(wrong([](member& m) { m.version = std::string(100, '1'); }));
  CHECK(wrong([](member& m) { m.boot = ~0ULL; }));
  CHECK(wrong([](member& m) { m.incarnation = ~0ULL; }));
  CHECK(wrong([](member& m) { m.state = static_cast<state_t>(4); }));
  CHECK_FALSE(complaint_of([] { validate({{{"pi2", member_of("pi1")}}}, "x"); }).empty());
  membership crowd;
  for (std::size_t i = 0; i <= defaults::members_limit; ++i) {
    const auto name = "n" + std::to_string(i);
    crowd.members.emplace(name, member_of(name));
  }
  CHECK(is_sentence(complaint_of([&] { validate(crowd, "x"); })));
}

TEST_CASE("views travel as bytes, and damaged ones are refused or harmless") {
  CHECK(rc::check([] {
    const auto view = *views();
    RC_ASSERT(decode<membership>(encode(view), "x") == view);
  }));
  const membership view{{{"a", member_of("a")}, {"b", member_of("b")}}};
  CHECK(rc::check([&] {
    const auto bytes = *damaged(encode(view));
    RC_ASSERT(succeeds_or_complains([&] { validate(decode<membership>(bytes, "x"), "x"); }));
  }));
}
