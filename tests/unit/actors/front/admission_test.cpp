// Who is let in at the control port while others crowd it. Time is told, not waited for.
#include <rapidcheck.h>

#include <map>
#include <set>

#include "actors/transport/front/admission.hpp"
#include "tests/support/catch.hpp"

using namespace bramble;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

source_address host(std::uint8_t number) {
  return {4, 10, 0, 0, number};
}

admission_limits small() {
  admission_limits out;
  out.unauthenticated = 6;
  out.unauthenticated_per_source = 3;
  out.accepts_per_second = 10;
  out.accepts_at_once = 5;
  out.sources = 4;
  return out;
}

const admission::clock::time_point start{std::chrono::hours{1}};

}  // namespace

TEST_CASE("a source may come often at once, and then at its rate") {
  admission door{small()};
  for (int i = 0; i < 5; ++i) CHECK(door.may_accept(host(1), start));
  CHECK(!door.may_accept(host(1), start));
  CHECK(door.may_accept(host(2), start));
  CHECK(door.may_accept(host(1), start + milliseconds{100}));
  CHECK(!door.may_accept(host(1), start + milliseconds{100}));
  SECTION("knocking meanwhile does not make it wait longer") {
    for (int i = 1; i < 90; ++i) door.may_accept(host(1), start + milliseconds{100 + i});
    CHECK(door.may_accept(host(1), start + milliseconds{201}));
  }
  SECTION("after a while it is as good as new") {
    for (int i = 0; i < 5; ++i) CHECK(door.may_accept(host(1), start + seconds{2}));
    CHECK(!door.may_accept(host(1), start + seconds{2}));
  }
}

TEST_CASE("over any time, a source gets its rate and what it may at once") {
  REQUIRE(rc::check("however it comes", [] {
    const auto limits = small();
    admission door{limits};
    auto now = start;
    int admitted = 0;
    for (const int pause : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 200))) {
      now += milliseconds{pause};
      if (door.may_accept(host(1), now)) ++admitted;
    }
    const std::chrono::duration<double> passed = now - start;
    RC_ASSERT(admitted <=
              limits.accepts_at_once + passed.count() * limits.accepts_per_second + 1e-6);
  }));
}

TEST_CASE("more sources than can be remembered share one allowance") {
  admission door{small()};
  for (std::uint8_t i = 1; i <= 4; ++i) CHECK(door.may_accept(host(i), start));
  int admitted = 0;
  for (std::uint8_t i = 10; i < 100; ++i) admitted += door.may_accept(host(i), start) ? 1 : 0;
  CHECK(admitted == 5);
  CHECK(door.may_accept(host(1), start));
  SECTION("until some of the known ones are as good as new") {
    CHECK(door.may_accept(host(200), start + seconds{2}));
    for (int i = 0; i < 4; ++i) CHECK(door.may_accept(host(200), start + seconds{2}));
    CHECK(!door.may_accept(host(200), start + seconds{2}));
  }
}

TEST_CASE("a source over its share loses its own oldest") {
  admission door{small()};
  const auto first = door.enter(host(1));
  CHECK(!first.crowded_out);
  const auto second = door.enter(host(1));
  door.enter(host(1));
  const auto other = door.enter(host(2));
  CHECK(!other.crowded_out);
  CHECK(door.enter(host(1)).crowded_out == first.which);
  door.leave(second.which);
  CHECK(!door.enter(host(1)).crowded_out);
  CHECK(door.unauthenticated() == 4);
}

TEST_CASE("where all are too many, whoever has most makes room") {
  admission door{small()};
  const auto lonely = door.enter(host(1));
  const auto oldest_of_many = door.enter(host(2));
  door.enter(host(2));
  door.enter(host(2));
  door.enter(host(3));
  door.enter(host(3));
  CHECK(door.enter(host(4)).crowded_out == oldest_of_many.which);
  CHECK(door.unauthenticated() == 6);
  door.leave(oldest_of_many.which);  // told twice
  door.leave(lonely.which);
  CHECK(door.unauthenticated() == 5);
}

TEST_CASE("strangers are never more than the limits, and all who went are known") {
  REQUIRE(rc::check("whoever comes and goes", [] {
    const auto limits = small();
    admission door{limits};
    std::map<admission::ticket, std::uint8_t> inside;
    for (const int what : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 16))) {
      if (what < 4 && !inside.empty()) {
        door.leave(inside.begin()->first);
        inside.erase(inside.begin());
        continue;
      }
      const auto who = static_cast<std::uint8_t>(what % 5);
      const auto entered = door.enter(host(who));
      if (entered.crowded_out) {
        RC_ASSERT(inside.count(*entered.crowded_out) == 1U);
        inside.erase(*entered.crowded_out);
      }
      inside.emplace(entered.which, who);
      std::map<std::uint8_t, std::size_t> each;
      for (const auto& [ticket, source] : inside)
        RC_ASSERT(++each[source] <= limits.unauthenticated_per_source);
      RC_ASSERT(inside.size() <= limits.unauthenticated);
      RC_ASSERT(door.unauthenticated() == inside.size());
    }
  }));
}
