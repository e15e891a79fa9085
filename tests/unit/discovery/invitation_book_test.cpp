#include "discovery/invitations/invitation_book.hpp"

#include <rapidcheck.h>

#include <set>

#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;
using namespace std::chrono_literals;

namespace {

using time_point = invitation_book::time_point;

join_secret secret_of(std::uint8_t n) {
  join_secret out{};
  out[0] = n;
  return out;
}

join_attempt attempt(std::uint8_t secret, const std::string& key, const std::string& name = "pi2",
                     const std::string& source = "10.0.0.2") {
  return {source, key, name, false,
          [secret](const join_secret& asked) { return asked == secret_of(secret); }};
}

bool is_granted(const join_verdict& verdict) {
  return std::holds_alternative<join_granted>(verdict);
}

std::string why(const join_verdict& verdict) {
  const auto* refused = std::get_if<join_refused>(&verdict);
  return refused == nullptr ? "" : refused->why;
}

struct one_invitation {
  explicit one_invitation(std::size_t uses = 1, const std::string& name = "") {
    invitation what;
    what.secret = secret_of(1);
    what.uses = uses;
    what.name = name;
    what.until = start + 10min;
    number = book.open(what, start);
  }
  time_point start{1h};
  invitation_book book;
  invitation_number number = 0;
};

}  // namespace

TEST_CASE("a code lets one machine in, once") {
  one_invitation it;
  CHECK(it.book.is_open(it.start));
  const auto verdict = it.book.judge(attempt(1, "key a"), it.start);
  REQUIRE(is_granted(verdict));
  CHECK(std::get<join_granted>(verdict).name == "pi2");
  CHECK_FALSE(std::get<join_granted>(verdict).replace);
  CHECK(it.book.uses_left(it.number) == 0);
  const auto second = it.book.judge(attempt(1, "key b", "pi3"), it.start);
  CHECK(contains(why(second), "used already"));
  CHECK(std::get<join_refused>(second).proved);
  it.book.settle(it.number, "key a");
  CHECK_FALSE(it.book.is_open(it.start));
}

TEST_CASE("a machine whose answer was lost comes again with its key, and is the same one") {
  one_invitation it;
  REQUIRE(is_granted(it.book.judge(attempt(1, "key a"), it.start)));
  CHECK(it.book.is_open(it.start));
  const auto again = it.book.judge(attempt(1, "key a", "pi9"), it.start + 1s);
  REQUIRE(is_granted(again));
  CHECK(std::get<join_granted>(again).name == "pi2");
  CHECK(std::get<join_granted>(again).replace);
  it.book.settle(it.number, "key a");
  CHECK_FALSE(is_granted(it.book.judge(attempt(1, "key a"), it.start + 2s)));
}

TEST_CASE("a use that led to nothing is given back; one that did is not") {
  one_invitation it;
  REQUIRE(is_granted(it.book.judge(attempt(1, "key a", "pi1"), it.start)));
  it.book.give_back(it.number, "key a");
  REQUIRE(is_granted(it.book.judge(attempt(1, "key b", "pi2"), it.start)));
  it.book.settle(it.number, "key b");
  it.book.give_back(it.number, "key b");
  CHECK_FALSE(is_granted(it.book.judge(attempt(1, "key c", "pi3"), it.start)));
}

TEST_CASE("an invitation ends with its time, or when it is withdrawn") {
  one_invitation it;
  CHECK(contains(why(it.book.judge(attempt(1, "key a"), it.start + 10min)), "has ended"));
  CHECK_FALSE(it.book.is_open(it.start + 10min));
  it.book.withdraw(it.number);
  CHECK(contains(why(it.book.judge(attempt(1, "key a"), it.start + 10min)), "withdrawn"));
  CHECK_FALSE(it.book.is_open(it.start));
}

TEST_CASE("an invitation may be for one name") {
  one_invitation it{1, "kitchen"};
  auto who = attempt(1, "key a", "pi2");
  who.insists = true;
  CHECK(contains(why(it.book.judge(who, it.start)), "called kitchen"));
  const auto verdict = it.book.judge(attempt(1, "key a", "pi2"), it.start);
  REQUIRE(is_granted(verdict));
  CHECK(std::get<join_granted>(verdict).name == "kitchen");
  one_invitation open_to_all;
  CHECK(contains(why(open_to_all.book.judge(attempt(1, "key", "Pi 2"), it.start)), "--name"));
}

TEST_CASE("invitations that make no sense are refused") {
  invitation_book book;
  const time_point now{1h};
  invitation what;
  what.until = now + 1min;
  what.uses = 0;
  CHECK(is_sentence(complaint_of([&] { book.open(what, now); })));
  what.uses = 2;
  what.name = "pi2";
  CHECK(is_sentence(complaint_of([&] { book.open(what, now); })));
  what.uses = 1;
  what.name = "Pi2";
  CHECK(is_sentence(complaint_of([&] { book.open(what, now); })));
  what.name = "";
  what.until = now;
  CHECK(is_sentence(complaint_of([&] { book.open(what, now); })));
  what.until = now + 1min;
  for (std::size_t i = 0; i < defaults::invitations_most; ++i) book.open(what, now);
  CHECK(is_sentence(complaint_of([&] { book.open(what, now); })));
  what.until = now + 3min;
  CHECK(complaint_of([&] { book.open(what, now + 2min); }).empty());
}

TEST_CASE("who guesses is soon not looked at any more, and others are") {
  one_invitation it;
  int looked_at = 0;
  auto guess = attempt(7, "key x", "evil", "10.6.6.6");
  guess.proves = [&](const join_secret&) {
    ++looked_at;
    return false;
  };
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(is_granted(it.book.judge(guess, it.start)));
  CHECK(looked_at == static_cast<int>(defaults::join_tries_at_once));
  CHECK(contains(why(it.book.judge(guess, it.start)), "wait"));
  CHECK(is_granted(it.book.judge(attempt(1, "key a"), it.start)));
  // After some time it may be wrong once more.
  it.book.judge(guess, it.start + defaults::join_try_every);
  it.book.judge(guess, it.start + defaults::join_try_every);
  CHECK(looked_at == static_cast<int>(defaults::join_tries_at_once) + 1);
}

TEST_CASE("many machines that guess together are limited as well, and cost no memory") {
  try_budget tries;
  const time_point now{1h};
  int tried = 0;
  for (int i = 0; i < 100'000; ++i) {
    const auto source = "10." + std::to_string(i);
    if (!tries.may_try(source, now)) continue;
    tries.spend(source, now);
    ++tried;
  }
  CHECK(tried == static_cast<int>(defaults::join_tries_of_all_at_once));
  CHECK(tries.sources() <= defaults::join_sources_most);
  CHECK(tries.may_try("10.1", now + 1h));
}

TEST_CASE("whatever happens, an invitation lets in so many keys in its time and no others") {
  CHECK(rc::check([] {
    const auto uses = *rc::gen::inRange<std::size_t>(1, 4);
    one_invitation it{uses};
    auto now = it.start;
    std::map<std::string, std::string> inside;  // key to name
    std::set<std::string> settled;
    for (int i = 0; i < 60; ++i) {
      now += std::chrono::seconds{*rc::gen::inRange(0, 30)};
      const auto key = "key " + std::to_string(*rc::gen::inRange(0, 5));
      const auto name = "pi" + std::to_string(*rc::gen::inRange(0, 5));
      const auto what = *rc::gen::inRange(0, 10);
      if (what == 0) {
        it.book.give_back(it.number, key);
        if (settled.count(key) == 0) inside.erase(key);
      } else if (what == 1) {
        it.book.settle(it.number, key);
        if (inside.count(key) != 0) settled.insert(key);
      } else {
        const bool knows = *rc::gen::inRange(0, 3) > 0;
        const auto source = "10.0.0." + std::to_string(*rc::gen::inRange(0, 3));
        const auto verdict = it.book.judge(attempt(knows ? 1 : 9, key, name, source), now);
        const auto* granted = std::get_if<join_granted>(&verdict);
        if (granted == nullptr) {
          RC_ASSERT(is_sentence(why(verdict)));
          continue;
        }
        RC_ASSERT(knows);
        RC_ASSERT(now < it.start + 10min);
        RC_ASSERT(settled.count(key) == 0U);
        const auto [known, fresh] = inside.emplace(key, granted->name);
        RC_ASSERT(fresh || known->second == granted->name);
        RC_ASSERT(fresh || granted->replace);
      }
      RC_ASSERT(inside.size() <= uses);
      RC_ASSERT(it.book.uses_left(it.number) == uses - inside.size());
    }
  }));
}
