// What the program prints for people: tables that fit, what a cluster lacks, what a reply waited
// for.
#include <rapidcheck.h>

#include <iterator>
#include <set>
#include <sstream>

#include "config/format.hpp"
#include "console/infer_report.hpp"
#include "console/status.hpp"
#include "console/terminal.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

std::multiset<std::string> words_of(const std::string& text) {
  std::istringstream in{text};
  return {std::istream_iterator<std::string>{in}, {}};
}

std::string random_cell() {
  std::string out;
  const auto words = *rc::gen::inRange(0, 6);
  for (int i = 0; i < words; ++i)
    out += (i == 0 ? "" : " ") + std::string(static_cast<std::size_t>(*rc::gen::inRange(1, 18)),
                                             static_cast<char>('a' + i));
  return out;
}

node_status some_node(const std::string& name, bool ready, std::vector<std::string> links) {
  node_status node;
  node.name = name;
  node.state = "alive";
  node.address = "192.168.178.31:7741";
  node.report.name = name;
  node.report.gmacs = 6;
  node.report.pace_gmacs = 6;
  node.report.threads = 4;
  node.report.memory_mb = 3792;
  node.report.temperature_c = 51;
  node.report.ready = ready;
  for (auto& to : links) node.report.links.push_back({to, 900, 0.3});
  return node;
}

cluster_status three_nodes() {
  cluster_status status;
  status.cluster = "shelf";
  status.self = status.coordinator = "pi1";
  status.nodes = {some_node("pi1", true, {"pi2", "pi3"}), some_node("pi2", false, {"pi1"}),
                  some_node("pi3", true, {"pi1"})};
  return status;
}

}  // namespace

TEST_CASE("a table of 60 columns breaks no word, and has all of them") {
  REQUIRE(rc::check([] {
    const auto columns = static_cast<std::size_t>(*rc::gen::inRange(1, 6));
    std::vector<std::vector<std::string>> rows;
    for (int r = *rc::gen::inRange(1, 6); r >= 0; --r) {
      rows.emplace_back();
      for (std::size_t c = 0; c < columns; ++c) rows.back().push_back(random_cell());
    }
    const auto fitted = format_table(rows, 60);
    for (const auto& line : lines_of(fitted)) RC_ASSERT(line.size() <= 60);
    const auto there = words_of(fitted);
    for (auto& row : rows)
      for (auto& cell : row)
        // What the first column is called goes without saying where each row is a block of lines.
        for (const auto& word : words_of(&cell == &rows[0][0] ? "" : cell))
          RC_ASSERT(there.count(word) > 0);
  }));
}

TEST_CASE("a column without a name keeps its cells within the terminal") {
  // One column too wide for a table, and a name that leaves few columns to the cell of the
  // nameless.
  const auto text = format_table({{"", "a", std::string(44, 'b'), "", std::string(15, 'c')},
                                  {"d", "e", "f", std::string(13, 'g'), "h"}},
                                 60);
  for (const auto& line : lines_of(text)) CHECK(line.size() <= 60);
  CHECK(contains(text, std::string(13, 'g')));
}

TEST_CASE("the status of a shelf fits a terminal of 60 columns") {
  std::vector<std::vector<std::string>> rows{
      {"node", "state", "address", "GMAC/s", "threads", "memory", "heat", "links"},
      {"pi1", "alive", "192.168.178.31:7741", "6.00 (paced)", "4", "3792 MB", "51 C",
       "900-909 Mbit/s"}};
  const auto text = format_table(rows, 60);
  for (const auto& line : lines_of(text)) CHECK(line.size() <= 60);
  for (const auto* whole : {"192.168.178.31:7741", "(paced)", "3792", "900-909"})
    CHECK(contains(text, whole));
  CHECK(lines_of(format_table(rows, 0)).size() == 2);
}

TEST_CASE("long lines are broken between words, and go on indented") {
  const std::string reason =
      "works because its link is quick and its share saves more than it costs";
  const auto lines = lines_of(fit_lines("  pi1     12.3     4.3 MB  " + reason + "\nshort\n", 50));
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].starts_with("  pi1     12.3     4.3 MB  works"));
  CHECK(lines[1].starts_with("      "));
  CHECK(lines[2].starts_with("      "));
  CHECK(lines[3] == "short");
  for (const auto& line : lines) CHECK(line.size() <= 50);
  CHECK(fit_lines("one\ntwo", 50) == "one\ntwo");
  CHECK(fit_lines(reason, 0) == reason);
}

TEST_CASE("what a node is emulated as, and by how much that fails, is said") {
  auto status = three_nodes();
  CHECK(contains(describe(status), "6.00 (paced)"));
  CHECK_FALSE(contains(describe(status), "overrun"));
  auto& report = status.nodes[1].report;
  report.pace_gmacs = 0;
  report.device = "pi4-pytorch";
  report.overrun = 0.034;
  CHECK(contains(describe(status), "6.00 (as pi4-pytorch)"));
  CHECK(contains(describe(status), "overrun 3.4 %"));
  const auto json = to_json(status)["nodes"][1];
  CHECK(json["device"] == "pi4-pytorch");
  CHECK(json["overrun"] == 0.034);
}

TEST_CASE("a node that is not ready has it said why") {
  auto status = three_nodes();
  CHECK(contains(describe(status), "alive, not ready: no link to pi3"));
  status.nodes[1].report.gmacs = 0;
  CHECK(contains(describe(status), "not ready: measures its speed"));
  status.nodes[1].report = {};
  CHECK(contains(describe(status), "not ready: has not told of itself yet"));
  status.nodes[1].state = "failed";
  CHECK_FALSE(contains(describe(status), "not ready"));
}

TEST_CASE("plans in use are listed first and marked, older ones after them, newest first") {
  auto status = three_nodes();
  status.plans = {{"m", "bramble", "pi1", 3, 70, false},
                  {"m", "bramble", "pi2", 9, 80, true},
                  {"m", "bramble", "pi1", 5, 60, false},
                  {"a", "one", "pi1", 7, 90, true}};
  const auto text = describe(status);
  const auto at = [&](const std::string& what) {
    REQUIRE(contains(text, what));
    return text.find(what);
  };
  CHECK(at("plan 7: a by one for host pi1, predicted 90.0 ms, in use") < at("plan 9: m"));
  CHECK(at("plan 9: m") < at("older plan 5: m"));
  CHECK(at("older plan 5") < at("older plan 3"));
  const auto json = to_json(status)["plans"];
  CHECK(json[0]["epoch"] == 7);
  CHECK(json[0]["in_use"] == true);
  CHECK(json[3]["in_use"] == false);
}

TEST_CASE("a reply that waited in a queue says so") {
  infer_reply reply;
  reply.latency_ms = 947;
  reply.predicted_ms = 140;
  reply.nodes = {"pi1"};
  reply.method = "bramble";
  reply.waited_ms = 800;
  CHECK(contains(describe({}, reply, {}),
                 "947.0 ms (800 of them waiting for other requests; predicted 140.0)"));
  CHECK(to_json("m", reply, {}, {})["waited_ms"] == 800);
  reply.waited_ms = 3;
  CHECK(contains(describe({}, reply, {}), "947.0 ms (predicted 140.0)"));
}

TEST_CASE("rates have the digits that matter") {
  CHECK(format_mbit(290.25) == "290");
  CHECK(format_mbit(19.091) == "19.1");
  CHECK(format_mbit(0.4512) == "0.45");
  CHECK(format_mbit(99.96) == "100");
  CHECK(format_mbit(0) == "-");
}
