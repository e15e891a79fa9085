#include "balancer/policy/cause_of_gain.hpp"

#include <algorithm>

#include "tests/support/catch.hpp"

using namespace bramble;
using cause_t = plan_cause::kind_t;

namespace {

/// pi1 to piN, alike, each linked with each.
shelf shelf_of(int nodes, double gmacs = 6, double mbit = 287) {
  shelf s;
  s.host = "pi1";
  for (int a = 1; a <= nodes; ++a) {
    shelf_node node;
    node.name = "pi" + std::to_string(a);
    node.gmacs = gmacs;
    s.nodes.push_back(node);
    for (int b = 1; b < a; ++b) s.links.push_back({"pi" + std::to_string(b), node.name, mbit, 0.3});
  }
  return s;
}

shelf_link& link(shelf& s, const std::string& a, const std::string& b) {
  for (auto& each : s.links)
    if (each.a == a && each.b == b) return each;
  throw std::logic_error("no such link");
}

std::string told(const shelf& before, const shelf& now) {
  return describe(causes_between(before, now));
}

}  // namespace

TEST_CASE("a device that throttles is named, with what is left of its speed") {
  auto now = shelf_of(3);
  now.nodes[2].gmacs *= 0.3;
  const auto causes = causes_between(shelf_of(3), now);
  REQUIRE(causes.size() == 1);
  CHECK(causes[0].kind == cause_t::node_speed);
  CHECK(causes[0].node == "pi3");
  CHECK(causes[0].after == Approx(0.3));
  CHECK(describe(causes) == "pi3 computes at 30 % of what it did");
  CHECK(told(now, shelf_of(3)) == "pi3 computes at 333 % of what it did");
}

TEST_CASE("of two devices the one that stayed as it was is no cause") {
  for (const std::size_t slow : {0U, 1U}) {
    auto now = shelf_of(2);
    now.nodes[slow].gmacs *= 0.5;
    CHECK(told(shelf_of(2), now) ==
          "pi" + std::to_string(slow + 1) + " computes at 50 % of what it did");
  }
}

TEST_CASE("a link that fell is named with both rates, and so is one that rose again") {
  auto now = shelf_of(3);
  link(now, "pi1", "pi2").mbit = 20;
  CHECK(told(shelf_of(3), now) == "the link between pi1 and pi2 fell from 287 to 20.0 Mbit/s");
  CHECK(told(now, shelf_of(3)) == "the link between pi1 and pi2 rose from 20.0 to 287 Mbit/s");
}

TEST_CASE("all links of a node that fell together are one cause") {
  auto now = shelf_of(4);
  for (auto& each : now.links)
    if (each.a == "pi2" || each.b == "pi2") each.mbit = 20;
  const auto causes = causes_between(shelf_of(4), now);
  REQUIRE(causes.size() == 1);
  CHECK(causes[0].kind == cause_t::node_rates);
  CHECK(describe(causes) == "the links of pi2 fell from 287 to 20.0 Mbit/s");
}

TEST_CASE("what all nodes do alike is no cause of one of them") {
  CHECK(told(shelf_of(3), shelf_of(3, 4)) == "all nodes compute at 67 % of what they did");
  auto now = shelf_of(4, 4);
  now.nodes[1].gmacs = 1;
  CHECK(told(shelf_of(4), now).starts_with("pi2 computes at 25 % of what it did"));
}

TEST_CASE("nodes that came and went, and a link seen for the first time") {
  auto smaller = shelf_of(3);
  CHECK(told(shelf_of(4), smaller) == "pi4 left");
  smaller.links.clear();
  auto one_link = smaller;
  one_link.links.push_back({"pi1", "pi2", 300, 0.3});
  CHECK(told(smaller, one_link) ==
        "the link between pi1 and pi2 was measured for the first time: 300 Mbit/s");
  CHECK(describe(causes_between(smaller, shelf_of(4))).find("pi4 joined") != std::string::npos);
}

TEST_CASE("noise is no cause, and what is small beside the cause is not told") {
  auto now = shelf_of(3);
  now.nodes[0].gmacs *= 1.05;
  now.links[0].mbit *= 0.95;
  CHECK(causes_between(shelf_of(3), now).empty());
  CHECK(told(shelf_of(3), now).empty());
  now.nodes[0].gmacs *= 1.1;
  link(now, "pi2", "pi3").mbit = 20;
  CHECK(told(shelf_of(3), now) == "the link between pi2 and pi3 fell from 287 to 20.0 Mbit/s");
}

namespace {

/// What a plan with pi3 at work gains over one without: its share of the work, less the time that
/// its answers take to pi1.
double gain_of_using_pi3(const shelf& s) {
  const auto to_pi1 = std::ranges::find_if(
      s.links, [](const shelf_link& each) { return each.a == "pi1" && each.b == "pi3"; });
  REQUIRE(to_pi1 != s.links.end());
  return 100 * s.nodes[s.index_of("pi3")].gmacs / 6 - 287 / to_pi1->mbit;
}

}  // namespace

TEST_CASE("the cause told is the change that explains most of the gain") {
  auto before = shelf_of(3);
  before.nodes[2].gmacs *= 0.4;
  auto now = shelf_of(3);
  now.nodes[1].gmacs *= 0.2;  // the clearest change by far, and nothing to the plan
  link(now, "pi1", "pi3").mbit *= 0.8;
  CHECK(told(before, now).starts_with("pi2 computes at 20 % of what it did"));
  CHECK(describe(causes_of_gain(before, now, gain_of_using_pi3)) ==
        "pi3 computes at 250 % of what it did");
  // And back: the gain is that of doing without.
  const auto of_leaving_out = [](const shelf& s) { return -gain_of_using_pi3(s); };
  CHECK(describe(causes_of_gain(now, before, of_leaving_out)) ==
        "pi3 computes at 40 % of what it did");
}

TEST_CASE("the links of a node explain the gain together, and a measured one what nobody knew") {
  auto before = shelf_of(3);
  for (auto& each : before.links)
    if (each.b == "pi3") each.mbit = 5;
  auto now = shelf_of(3);
  now.nodes[1].gmacs *= 0.7;
  CHECK(describe(causes_of_gain(before, now, gain_of_using_pi3)) ==
        "the links of pi3 rose from 5.0 to 287 Mbit/s");
  const auto of_knowing = [](const shelf& s) { return static_cast<double>(s.links.size()); };
  std::erase_if(before.links, [](const auto& each) { return each.b == "pi3" && each.a == "pi2"; });
  CHECK(describe(causes_of_gain(before, now, of_knowing)) ==
        "the link between pi2 and pi3 was measured for the first time: 287 Mbit/s");
}

TEST_CASE("where no change explains the gain, or nodes came and went, the clearest is told") {
  auto now = shelf_of(3);
  now.nodes[1].gmacs *= 0.2;
  now.nodes[2].gmacs *= 0.7;
  const auto nothing = [](const shelf&) { return 10.0; };
  CHECK(describe(causes_of_gain(shelf_of(3), now, nothing)) == told(shelf_of(3), now));
  const auto never = [](const shelf&) -> double { throw std::logic_error("asked"); };
  CHECK(describe(causes_of_gain(shelf_of(4), now, never)) == told(shelf_of(4), now));
}
