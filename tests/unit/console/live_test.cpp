#include "console/live.hpp"

#include "config/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;

TEST_CASE("rates and shares as they are typed") {
  CHECK(parse_rate("100mbit") == 100);
  CHECK(parse_rate("1.5gbit") == 1500);
  CHECK(parse_rate("500kbit") == 0.5);
  CHECK(parse_rate("none") == 0);
  CHECK(parse_share("0.5") == 0.5);
  CHECK(parse_share("1") == 1);
  for (const char* bad : {"", "100", "mbit", "-5mbit", "0mbit", "nanmbit", "100gbit", "1 mbit"})
    CHECK(is_sentence(complaint_of([&] { parse_rate(bad); })));
  for (const char* bad : {"", "0", "-1", "2", "half", "0.5x", "nan"})
    CHECK(is_sentence(complaint_of([&] { parse_share(bad); })));
}

TEST_CASE("a live report tells epoch, reason and effect") {
  live_report report;
  report.host = "pi1";
  CHECK(contains(describe(report), "works by no plan"));
  live_plan used;
  used.p.model = "m";
  used.p.method = "bramble";
  used.p.epoch = 3;
  used.p.nodes = {"pi1"};
  used.p.verdicts = {{true, "works alone", 70, 0}};
  used.p.predicted_ms = 70;
  used.why = "pi2 is slow";
  used.measured_ms = 75;
  used.runs = 9;
  report.plans = {used};
  report.switches = {{"m", "bramble", 2, 3, "pi2 is slow", 4, 100, 120, 70, 75}};
  const auto text = describe(report);
  CHECK(contains(text, "epoch 3"));
  CHECK(contains(text, "9 requests, measured 75.0 ms"));
  CHECK(contains(text, "epoch 2 -> 3, m: pi2 is slow"));
  CHECK(contains(text, "measured 120 ms -> 75.0 ms"));
  const auto json = to_json(report);
  CHECK(json["plans"][0]["epoch"] == 3);
  CHECK(json["switches"][0]["measured_before_ms"] == 120);
}
