#include "console/live.hpp"

#include <tuple>

#include "config/base/error.hpp"
#include "console/message_trace.hpp"
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

TEST_CASE("plans that were made anew say what came of it, and of those that were not why") {
  const std::vector<replan_report> hosts{
      {"pi1", {{"bramble", {}, 3, 7, 100, 120, 70, "asked for by hand"}}},
      {"pi2", {{"seed", {"pi2", "pi3"}, 4, 0, 80, 0, 0, "The node went away"}}}};
  const auto text = describe(hosts);
  CHECK(contains(text, "3 -> 7"));
  CHECK(contains(text, "100 -> 70.0"));
  CHECK(contains(text, "4 stays"));
  CHECK(contains(text, "The node went away"));
  const auto json = to_json(hosts);
  CHECK(json[0]["from_epoch"] == 3);
  CHECK(json[0]["measured_before_ms"] == 120);
  CHECK(json[1]["team"] == nlohmann::json{"pi2", "pi3"});
  CHECK(json[1]["to_epoch"] == 0);
}

TEST_CASE("pins are shown with what takes them back") {
  live_report report;
  report.host = "pi1";
  report.pins = {{"m", "seed", 1}};
  CHECK(contains(describe(report), "plans of m are made by seed alone, by hand; `pin m none`"));
  CHECK(to_json(report)["pins"][0]["method"] == "seed");
  const auto change = to_json("pi1", {runtime_override::kind_t::pin, 0, "m", ""}, "so it is");
  CHECK(change["change"] == "pin");
  CHECK(change["about"] == "m");
  CHECK(change["method"].is_null());
}

TEST_CASE("a traced message is a line, and an object") {
  const tapped_message message{1,     3'661'007, "requester", "branch_executor",
                               "run", 1'500'000, 0.5,         12};
  const auto text = describe("pi2", message);
  CHECK(contains(text,
                 ":01.007  pi2  requester -> branch_executor  run  waited 0.50 ms, took "
                 "12.00 ms, 1.5 MB\n"));
  auto json = to_json("pi2", message);
  CHECK(json["bytes"] == 1'500'000);
  CHECK(json["took_ms"] == 12);
  auto small = message;
  small.bytes = 0;
  CHECK(to_json("pi2", small)["bytes"].is_null());
}

TEST_CASE("a shelf is reached as was typed, then by whoever is alive and has an address") {
  cluster_status shelf;
  for (const auto& [name, state, address] :
       {std::tuple{"pi1", "alive", "10.0.0.1:7741"}, std::tuple{"pi2", "failed", "10.0.0.2:7741"},
        std::tuple{"pi3", "alive", "-:7741"}, std::tuple{"pi4", "alive", "10.0.0.4:7741"}}) {
    node_status node;
    node.name = name;
    node.state = state;
    node.address = address;
    shelf.nodes.push_back(node);
  }
  const auto places = places_of({{"10.0.0.4", 7741}}, shelf);
  CHECK(places == std::vector<endpoint>{{"10.0.0.4", 7741}, {"10.0.0.1", 7741}});
  CHECK(contains(complaint_of([&] { address_of(shelf, "pi3"); }), "No address of pi3 is known"));
}
