#include <set>
#include <sstream>

#include "gateway/view/gateway_metrics.hpp"
#include "gateway/view/shelf_families.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/top_samples.hpp"

using namespace bramble;
using namespace bramble::gateway;

namespace {

std::string text_of(const top_snapshot& shelf) {
  return gateway_metrics{}.text(&shelf, true, {});
}

}  // namespace

TEST_CASE("the shelf's state is told in base units") {
  const auto text = text_of(test::three_nodes_at_work());
  CHECK(contains(text, "bramble_shelf_up 1\n"));
  CHECK(contains(text, "bramble_node_state{node=\"pi2\",state=\"alive\"} 1\n"));
  CHECK(contains(text, "bramble_node_state{node=\"pi2\",state=\"failed\"} 0\n"));
  CHECK(contains(text, "bramble_node_capacity_macs_per_second{node=\"pi1\"} 6000000000\n"));
  CHECK(contains(text, "bramble_node_temperature_celsius{node=\"pi1\"} 51\n"));
  CHECK(contains(text, "bramble_link_bytes_per_second{from=\"pi1\",to=\"pi2\"} 117500000\n"));
  CHECK(contains(text, "bramble_host_requests_queued{host=\"pi1\",model=\"inception_v4\"} 3\n"));
  CHECK(contains(
      text,
      "bramble_plan_measured_seconds{host=\"pi1\",model=\"inception_v4\",method=\"\"} 0.39\n"));
  CHECK(contains(text, "bramble_plan_changes_total{reason=\"other\"} 1\n"));
}

TEST_CASE("power and heat are told where the board tells them") {
  auto shelf = test::three_nodes_at_work();
  CHECK(contains(text_of(shelf), "undervoltage") == false);
  shelf.shelf.nodes[1].report.throttled = 0x10001;
  const auto text = text_of(shelf);
  CHECK(contains(text, "bramble_node_undervoltage_now{node=\"pi2\"} 1\n"));
  CHECK(contains(text, "bramble_node_undervoltage_past{node=\"pi2\"} 1\n"));
  CHECK(contains(text, "bramble_node_throttled_now{node=\"pi2\"} 0\n"));
  CHECK(contains(text, "bramble_node_undervoltage_now{node=\"pi1\"}") == false);
}

TEST_CASE("each name has one help, one type, and one group of lines") {
  std::istringstream lines{text_of(test::three_nodes_at_work())};
  std::set<std::string> seen;
  std::string line;
  while (std::getline(lines, line))
    if (line.starts_with("# TYPE ")) {
      const auto name = line.substr(7, line.find(' ', 7) - 7);
      CHECK(name.starts_with("bramble_"));
      CHECK(seen.insert(name).second);
    }
  CHECK(seen.size() > 20);
}

TEST_CASE("inferences are measured beside what was predicted") {
  gateway_metrics metrics;
  infer_reply reply;
  reply.latency_ms = 120;
  reply.predicted_ms = 100;
  reply.bytes = 5'000;
  metrics.observe("pets", reply, std::chrono::milliseconds{125});
  metrics.observe("pets", reply, std::chrono::milliseconds{125});
  metrics.count_call("infer", 200, std::chrono::milliseconds{130});
  metrics.count_abandoned();
  const auto text = metrics.text(nullptr, false, {3, 2, 1, 0});
  CHECK(contains(text, "bramble_inference_duration_seconds_count{model=\"pets\"} 2\n"));
  CHECK(contains(text, "bramble_gateway_shelf_wait_duration_seconds_sum{model=\"pets\"} 0.25\n"));
  CHECK(contains(text, "bramble_inference_predicted_duration_seconds_sum{model=\"pets\"} 0.2"));
  CHECK(contains(
      text, "bramble_inference_measured_to_predicted_ratio_bucket{model=\"pets\",le=\"1.1\"} 0\n"));
  CHECK(contains(
      text, "bramble_inference_measured_to_predicted_ratio_bucket{model=\"pets\",le=\"1.2\"} 2\n"));
  CHECK(contains(text, "bramble_inference_transferred_bytes_total{model=\"pets\"} 10000\n"));
  CHECK(contains(text, "bramble_gateway_abandoned_requests_total 1\n"));
  CHECK(contains(text, "bramble_gateway_connections 3\n"));
  CHECK(contains(text, "bramble_gateway_turned_away_connections_total 2\n"));
  CHECK(contains(text, "bramble_shelf_up 0\n"));
}

TEST_CASE("plans are counted once, by what had changed") {
  CHECK(reason_of("went from plan 3 to plan 4: pi3 left") == "node_left");
  CHECK(reason_of("the link between pi1 and pi2 fell from 287 to 20 Mbit/s and pi3 joined") ==
        "link_rate");
  CHECK(reason_of("pi3 computes at 30 % of what it did") == "node_speed");
  CHECK(reason_of("plan 7 of m by bramble is in use, predicted 3 ms") == "first");
  CHECK(reason_of("who knows") == "other");
  replan_counter counter;
  std::vector<merged_event> events{{{1, 5, "pi1", "plan", "m", "pi3 left"}, {"pi1"}},
                                   {{2, 6, "pi1", "joined", "", "pi4 joined"}, {"pi1"}}};
  counter.note(events);
  counter.note(events);
  events.push_back({{3, 7, "pi1", "plan", "m", "pi4 left"}, {"pi1"}});
  counter.note(events);
  REQUIRE(counter.family().metric.size() == 1);
  CHECK(counter.family().metric[0].counter.value == 2);
}
