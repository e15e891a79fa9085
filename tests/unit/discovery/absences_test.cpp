#include "discovery/absences.hpp"

#include <netdb.h>

#include <cerrno>
#include <cstring>

#include "config/defaults_addresses.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

absence join_of(const std::string& where, const std::string& why) {
  return {absence::kind_t::not_joined, {}, where, why};
}

}  // namespace

TEST_CASE("of a join that fails the first is told at once, and then seldom") {
  absence_book book;
  const absence_book::time_point start{};
  std::vector<seconds> said;
  // Five attempts a second for three hours.
  for (auto now = start; now < start + std::chrono::hours{3}; now += milliseconds{200}) {
    const auto line = book.failed("a", join_of("10.0.0.7 port 7741", "No route to host"), now);
    if (!line) continue;
    CHECK(*line == "cannot join 10.0.0.7 port 7741: No route to host.");
    said.push_back(std::chrono::duration_cast<seconds>(now - start));
  }
  REQUIRE(said.size() >= 3);
  CHECK(said.size() <= 9);
  CHECK(said[0] == seconds{0});
  CHECK(said[1] == defaults::absence_pause_first);
  CHECK(said[2] == 3 * defaults::absence_pause_first);
}

TEST_CASE("another cause is told soon, two that alternate do not fill the log") {
  absence_book book;
  absence_book::time_point now{};
  CHECK(book.failed("a", join_of("x", "one"), now));
  now += defaults::absence_news_pause - milliseconds{1};
  CHECK_FALSE(book.failed("a", join_of("x", "other"), now));
  now += milliseconds{1};
  CHECK(book.failed("a", join_of("x", "one more"), now));
  int lines = 0;
  for (int i = 0; i < 600; ++i) {
    now += milliseconds{100};
    if (book.failed("a", join_of("x", i % 2 == 0 ? "one" : "other"), now)) ++lines;
  }
  CHECK(lines <= 6);
}

TEST_CASE("the list says who is missing and for how long, until it is there") {
  absence_book book;
  const absence_book::time_point start{};
  book.failed("pi3", {absence::kind_t::missing, "pi3", "10.0.0.3 port 7741", "silence"}, start);
  book.failed("name pi2", {absence::kind_t::refused, "pi2", "10.0.0.9", "it is taken"}, start);
  book.failed("pi3", {absence::kind_t::missing, "pi3", "10.0.0.3 port 7741", "silence"},
              start + seconds{7});
  auto list = book.list(start + seconds{7});
  REQUIRE(list.size() == 2);
  CHECK(describe(list[0]) == "refuses pi2 at 10.0.0.9: it is taken");
  CHECK(describe(list[1]) == "cannot reach pi3 at 10.0.0.3 port 7741: silence");
  CHECK(list[1].for_s == 7);
  // Who was refused and came no more is no trouble any more.
  list = book.list(start + defaults::refusal_shown_for);
  REQUIRE(list.size() == 1);
  CHECK(list[0].who == "pi3");
  CHECK(book.over("pi3"));
  CHECK_FALSE(book.over("pi3"));
  CHECK(book.list(start + defaults::refusal_shown_for).empty());
}

TEST_CASE("of too many absences the one that was tried longest ago is forgotten") {
  absence_book book;
  absence_book::time_point now{};
  for (std::size_t i = 0; i <= defaults::absences_most; ++i) {
    now += seconds{1};
    book.failed("n" + std::to_string(i), join_of("x", "silence"), now);
  }
  CHECK(book.list(now).size() == defaults::absences_most);
  CHECK_FALSE(book.over("n0"));
  CHECK(book.over("n1"));
}

TEST_CASE("what to try follows from the cause") {
  CHECK(contains(advice_for(std::strerror(ECONNREFUSED)), "bramble node"));
  CHECK(contains(advice_for(std::strerror(EHOSTUNREACH)), "firewall"));
  CHECK(contains(advice_for("10.0.0.1: " + std::string{std::strerror(ETIMEDOUT)}), "firewall"));
  CHECK(contains(advice_for(::gai_strerror(EAI_NONAME)), "NAME.local"));
  CHECK(contains(
      advice_for("pi2:22 the TLS handshake failed: wrong version number"),
      "another program answers there: give the port at which a node takes commands (7741"));
  CHECK(contains(advice_for("pi2:23 did not answer within 2000 ms"), "says nothing"));
  CHECK(advice_for("it is busy").empty());
}
