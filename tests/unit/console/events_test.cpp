// What several nodes noted, as one story.
#include "console/events.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;

namespace {

shelf_event event(const std::string& node, std::uint64_t at_ms, const std::string& text) {
  return {1, at_ms, node, "failed", "pi3", text};
}

}  // namespace

TEST_CASE("what several nodes noted at about the same time is one event") {
  const auto merged = merge_events({{"pi1", {event("pi1", 5000, "pi3 is gone")}, 1},
                                    {"pi2", {event("pi2", 4000, "pi3 is gone")}, 1}});
  REQUIRE(merged.size() == 1);
  CHECK(merged[0].what.at_ms == 4000);
  CHECK(merged[0].nodes == std::vector<std::string>{"pi2", "pi1"});
  CHECK(contains(describe(merged[0]), "failed"));
  CHECK(contains(describe(merged[0]), "pi3 is gone (pi2, pi1)"));
}

TEST_CASE("what one node noted twice, or at another time, is told twice") {
  const auto twice = merge_events(
      {{"pi1", {event("pi1", 5000, "pi3 is gone"), event("pi1", 5500, "pi3 is gone")}, 2}});
  CHECK(twice.size() == 2);
  const auto later = merge_events({{"pi1", {event("pi1", 5000, "pi3 is gone")}, 1},
                                   {"pi2", {event("pi2", 50000, "pi3 is gone")}, 1}});
  CHECK(later.size() == 2);
  const auto other = merge_events({{"pi1", {event("pi1", 5000, "pi3 is gone")}, 1},
                                   {"pi2", {event("pi2", 5000, "pi4 is gone")}, 1}});
  CHECK(other.size() == 2);
}

TEST_CASE("events of all nodes are in the order of time") {
  const auto merged =
      merge_events({{"pi1", {event("pi1", 1000, "a"), event("pi1", 90000, "d")}, 2},
                    {"pi2", {event("pi2", 20000, "b"), event("pi2", 50000, "c")}, 2}});
  std::string story;
  for (const auto& each : merged) story += each.what.text;
  CHECK(story == "abcd");
}

TEST_CASE("spans of time are read with their units") {
  CHECK(parse_span("90") == 90);
  CHECK(parse_span("90s") == 90);
  CHECK(parse_span("10m") == 600);
  CHECK(parse_span("3h") == 10800);
  CHECK(parse_span("2d") == 172800);
  for (const auto* wrong : {"", "m", "ten", "-5m", "1.5h", "10 m", "10y", "99999999999999999999"})
    CHECK_THROWS_AS(parse_span(wrong), user_error);
}

TEST_CASE("a kind that is none is told with those that there are") {
  CHECK_NOTHROW(check_event_kind(""));
  CHECK_NOTHROW(check_event_kind("plan"));
  CHECK_THROWS_WITH(check_event_kind("plans"), Catch::Contains("joined, left"));
}
