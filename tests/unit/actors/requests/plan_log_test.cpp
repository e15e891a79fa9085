#include "actors/requests/core/plan_log.hpp"

#include "config/defaults.hpp"
#include "tests/support/catch.hpp"

using namespace bramble;
using namespace std::chrono_literals;

namespace {

plan some_plan(std::uint64_t epoch, double predicted_ms) {
  plan p;
  p.model = "nothing";
  p.method = "bramble";
  p.epoch = epoch;
  p.nodes = {"pi1"};
  p.predicted_ms = predicted_ms;
  return p;
}

const plan_log::time_point begin{};

}  // namespace

TEST_CASE("a switch has its reason, and what was predicted and measured before and after") {
  plan_log log;
  log.adopt("key", some_plan(1, 100), "", begin);
  for (double ms : {110.0, 300.0, 120.0}) log.measured("key", 1, ms);
  log.adopt("key", some_plan(2, 70), "pi2 is slow", begin + 5s);
  log.measured("key", 1, 1000);  // a late one of the old plan
  log.measured("key", 2, 75);
  const auto report = log.report(begin + 7s);
  REQUIRE(report.plans.size() == 1);
  CHECK(report.plans[0].p.epoch == 2);
  CHECK(report.plans[0].in_use_s == 2);
  CHECK(report.plans[0].runs == 1);
  CHECK(report.plans[0].measured_ms == 75);
  REQUIRE(report.switches.size() == 1);
  const auto& s = report.switches[0];
  CHECK(s.why == "pi2 is slow");
  CHECK(s.from_epoch == 1);
  CHECK(s.to_epoch == 2);
  CHECK(s.seconds_ago == 2);
  CHECK(s.predicted_before_ms == 100);
  CHECK(s.measured_before_ms == 120);
  CHECK(s.predicted_after_ms == 70);
  CHECK(s.measured_after_ms == 75);
}

TEST_CASE("what retired a plan first is the reason of the next") {
  plan_log log;
  log.adopt("key", some_plan(1, 100), "", begin);
  log.retire("key", "pi4 left", begin);
  log.retire("key", "it took too long", begin);
  CHECK(log.report(begin).plans.empty());
  log.adopt("key", some_plan(2, 130), "", begin);
  REQUIRE(log.report(begin).switches.size() == 1);
  CHECK(log.report(begin).switches[0].why == "pi4 left");
}

TEST_CASE("the same plan again is no switch") {
  plan_log log;
  log.adopt("key", some_plan(1, 100), "", begin);
  log.measured("key", 1, 90);
  log.retire("key", "pi4 left", begin);
  log.adopt("key", some_plan(1, 100), "", begin + 1s);
  CHECK(log.report(begin + 1s).switches.empty());
  REQUIRE(log.report(begin + 1s).plans.size() == 1);
  CHECK(log.report(begin + 1s).plans[0].runs == 1);
}

TEST_CASE("plans of different keys are told apart, and old switches are forgotten") {
  plan_log log;
  for (std::uint64_t i = 0; i < defaults::plan_log_switches + 5; ++i) {
    log.adopt("one", some_plan(2 * i, 100), "", begin);
    log.adopt("other", some_plan(2 * i + 1, 100), "", begin);
  }
  const auto report = log.report(begin);
  CHECK(report.plans.size() == 2);
  CHECK(report.switches.size() == defaults::plan_log_switches);
  CHECK(report.switches.back().from_epoch + 2 == report.switches.back().to_epoch);
}

TEST_CASE("an old reason is not told as news") {
  plan_log log;
  log.adopt("key", some_plan(1, 100), "", begin);
  log.retire("key", "pi4 left", begin + 1s);
  log.adopt("key", some_plan(2, 130), "", begin + 301s);  // nobody asked for five minutes
  CHECK(log.report(begin + 301s).switches[0].why == "pi4 left, 5 min before");

  auto again = some_plan(3, 70);
  again.why = "pi2 computes at 30 % of what it did";  // when the coordinator made it, long ago
  log.retire("key", "pi4 joined", begin + 310s);
  log.adopt("key", again, "", begin + 311s);
  const auto report = log.report(begin + 312s);
  CHECK(report.switches[1].why == "pi4 joined");
  CHECK(report.plans[0].why == "pi4 joined");
}
