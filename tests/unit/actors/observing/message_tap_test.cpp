// A trace of messages: bounded in every way, and off by itself.
#include "actors/observing/core/message_tap.hpp"

#include "actors/observing/core/actor_board.hpp"
#include "config/defaults_operating.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;
using namespace std::chrono_literals;

namespace {

const message_tap::time_point begun_at{1000h};

tap_query for_ten_seconds(std::uint32_t most = 100) {
  tap_query out;
  out.most = most;
  out.for_s = 10;
  return out;
}

tap_query rest_of(std::uint64_t tap, std::uint64_t after = 0) {
  tap_query out;
  out.tap = tap;
  out.after = after;
  return out;
}

tapped message_at(message_tap::time_point at, std::uint64_t sender = 0) {
  tapped out;
  out.at = at;
  out.sender = sender;
  out.receiver = "cluster";
  out.kind = "gossip";
  out.facts.bytes = 40;
  out.waited = 2ms;
  out.took = 3ms;
  return out;
}

}  // namespace

TEST_CASE("what was noted is read once, with times of the clock on the wall") {
  message_tap tap;
  CHECK_FALSE(tap.is_on());
  tap.add(message_at(begun_at), begun_at);  // nobody wants to see it
  const auto begun = tap.begin(for_ten_seconds(), begun_at);
  CHECK(tap.is_on());
  tap.add(message_at(begun_at + 1s), begun_at + 1s);
  tap.add(message_at(begun_at + 2s, 7), begun_at + 2s);
  auto reading = message_at(begun_at + 2s);
  reading.kind = "tap";
  tap.add(reading, begun_at + 2s);
  const auto read = tap.read(rest_of(begun.tap), begun_at + 3s, 1'000'000);
  CHECK(read.runs);
  REQUIRE(read.messages.size() == 2);
  CHECK(read.messages[0].at_ms == 998'000);
  CHECK(read.messages[0].kind == "gossip");
  CHECK(read.messages[0].bytes == 40);
  CHECK(read.messages[0].waited_ms == 2);
  CHECK(read.messages[0].took_ms == 3);
  CHECK(read.messages[0].sender.empty());
  CHECK(read.messages[1].sender == "#7");
  CHECK(tap.read(rest_of(begun.tap, 2), begun_at + 3s, 0).messages.empty());
  CHECK(tap.read(rest_of(begun.tap, ~std::uint64_t{0}), begun_at + 3s, 0).messages.empty());
}

TEST_CASE("a trace ends after its time, after so many messages, when asked, and when it is left") {
  message_tap tap;
  const auto is_over = [&](std::uint64_t number, message_tap::time_point now) {
    return !tap.read(rest_of(number), now, 0).runs && !tap.is_on();
  };
  const auto first = tap.begin(for_ten_seconds(), begun_at).tap;
  CHECK(is_over(first, begun_at + 10s));
  const auto second = tap.begin(for_ten_seconds(2), begun_at).tap;
  for (int i = 0; i < 5; ++i) tap.add(message_at(begun_at), begun_at);
  CHECK_FALSE(tap.is_on());
  CHECK(tap.read(rest_of(second), begun_at, 0).messages.size() == 2);
  const auto third = tap.begin(for_ten_seconds(), begun_at).tap;
  auto last = rest_of(third);
  last.ends = true;
  CHECK_FALSE(tap.read(last, begun_at + 1s, 0).runs);
  tap.begin(for_ten_seconds(), begun_at);
  tap.add(message_at(begun_at), begun_at + defaults::tap_is_abandoned + 1ms);
  CHECK_FALSE(tap.is_on());
}

TEST_CASE("one trace at a time, and what cannot be is refused") {
  message_tap tap;
  const auto first = tap.begin(for_ten_seconds(), begun_at).tap;
  const auto said = complaint_of([&] { tap.begin(for_ten_seconds(), begun_at + 2s); });
  CHECK(is_sentence(said));
  CHECK(contains(said, "for another 8 s"));
  // Nobody reads it any more.
  const auto second = tap.begin(for_ten_seconds(), begun_at + 2s + defaults::tap_is_abandoned).tap;
  CHECK(second != first);
  CHECK(is_sentence(complaint_of([&] { tap.read(rest_of(first), begun_at + 8s, 0); })));
  message_tap other;
  auto wrong = for_ten_seconds(0);
  CHECK(is_sentence(complaint_of([&] { other.begin(wrong, begun_at); })));
  wrong = for_ten_seconds(defaults::tapped_most + 1);
  CHECK(is_sentence(complaint_of([&] { other.begin(wrong, begun_at); })));
  for (const double bad : {0.0, -1.0, 1e9, std::numeric_limits<double>::quiet_NaN()}) {
    wrong = for_ten_seconds();
    wrong.for_s = bad;
    CHECK(is_sentence(complaint_of([&] { other.begin(wrong, begun_at); })));
  }
  CHECK_FALSE(other.is_on());
}

TEST_CASE("too many at once are counted instead of noted") {
  message_tap tap;
  const auto begun = tap.begin(for_ten_seconds(defaults::tapped_most), begun_at).tap;
  const auto many = 2 * defaults::tapped_a_second;
  for (std::uint32_t i = 0; i < many; ++i) tap.add(message_at(begun_at), begun_at + 10ms);
  tap.add(message_at(begun_at + 2s), begun_at + 2s);
  const auto read = tap.read(rest_of(begun), begun_at + 2s, 0);
  CHECK(read.messages.size() == defaults::tapped_a_second + 1);
  CHECK(read.left_out == defaults::tapped_a_second);
}

TEST_CASE("of one actor what it sends and gets, of one request what is about it") {
  message_tap tap;
  auto query = for_ten_seconds();
  query.actor = 7;
  auto now = begun_at;
  tap.begin(query, now);
  CHECK(tap.wants(7, 9, {}));
  CHECK(tap.wants(9, 7, {}));
  CHECK_FALSE(tap.wants(8, 9, {}));
  query = for_ten_seconds();
  query.request = 41;
  tap.begin(query, now += 1h);
  CHECK(tap.wants(8, 9, {41, 0}));
  CHECK_FALSE(tap.wants(8, 9, {42, 0}));
  CHECK_FALSE(tap.wants(8, 9, {}));
}

TEST_CASE("a board gives those who sent them their names") {
  actor_board board;
  board.add({"requester", 7, 0, false}, begun_at);
  const auto begun = board.read_tap(for_ten_seconds(), begun_at, 0);
  board.tap().add(message_at(begun_at, 7), begun_at);
  board.tap().add(message_at(begun_at), begun_at);
  auto from_elsewhere = message_at(begun_at, 7);
  from_elsewhere.from_outside = true;
  board.tap().add(from_elsewhere, begun_at);
  const auto read = board.read_tap(rest_of(begun.tap), begun_at, 0).messages;
  REQUIRE(read.size() == 3);
  CHECK(read[0].sender == "requester");
  CHECK(read[1].sender == "nobody");
  CHECK(read[2].sender == "other nodes");
}
