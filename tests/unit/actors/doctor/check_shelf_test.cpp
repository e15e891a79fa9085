// Faults of a cluster as a node knows it, and the sentence that names each.
#include "actors/doctor/core/check_shelf.hpp"

#include "tests/support/finding_checks.hpp"

using namespace bramble;
using namespace bramble::test;
using level_t = finding::level_t;

namespace {

const std::string board_of_four = "Raspberry Pi 4 Model B Rev 1.4";

node_status well(const std::string& name) {
  node_status out;
  out.name = name;
  out.state = "alive";
  out.address = "10.0.0." + name.substr(2) + ":7741";
  out.version = "0.1.0";
  out.report.name = name;
  out.report.gmacs = 6.4;
  out.report.board = board_of_four;
  out.report.threads = 4;
  out.report.ready = true;
  out.report.throttled = 0;
  out.report.models = {{"squeezenet", {std::string(64, 'a')}}};
  return out;
}

examination answer_of(const std::string& name) {
  examination out;
  out.node = name;
  out.version = "0.1.0";
  out.platform = "arm64, Debian 12";
  out.build = "0123456789ab";
  out.clock_s = 1'800'000'000;
  out.certificate_until_s = out.clock_s + std::int64_t{3000} * 24 * 3600;
  return out;
}

/// pi1, which is asked, and pi2 and pi3.
shelf_facts three_nodes() {
  shelf_facts out;
  out.status.self = "pi1";
  for (const auto* name : {"pi1", "pi2", "pi3"}) {
    out.status.nodes.push_back(well(name));
    out.nodes.push_back(answer_of(name));
  }
  out.clocks = {{"pi2", std::chrono::seconds{1}}, {"pi3", std::chrono::seconds{-2}}};
  plan p;
  p.model = "squeezenet", p.method = "bramble";
  p.nodes = {"pi1", "pi2", "pi3"};
  p.verdicts.resize(3);
  for (auto& verdict : p.verdicts) verdict.in = true;
  out.live.plans.push_back({p, "", 1, 1, 1});
  return out;
}

}  // namespace

TEST_CASE("a shelf that is well has nothing to type") {
  const auto findings = check_shelf(three_nodes());
  for (const auto& each : findings) {
    INFO(each.check << ": " << each.says);
    CHECK(each.level == level_t::ok);
    CHECK(each.advice.empty());
  }
  expect(findings, "members", level_t::ok, "3 of 3 are ready: pi1, pi2, pi3", "");
  expect(findings, "versions", level_t::ok, "all are 0.1.0", "");
  expect(findings, "certificates", level_t::ok, "in 3000 days", "");
  expect(findings, "plans", level_t::ok, "all nodes work on squeezenet", "");
  expect(findings, "models", level_t::ok, "squeezenet: everywhere", "");
}

TEST_CASE("fault: a member is missing, and what was tried says why") {
  auto facts = three_nodes();
  facts.status.nodes[2].state = "failed";
  facts.status.missing = {{absence::kind_t::missing, "pi3", "10.0.0.3 port 7741",
                           "No route to host; look whether the machine is on", 65}};
  const auto findings = check_members(facts.status);
  expect(findings, "members", level_t::problem,
         "this node cannot reach pi3 at 10.0.0.3 port 7741: No route to host, for 65 s",
         "look whether the machine is on");
  CHECK(findings.size() == 2);  // told once, and the two that are there
  facts.status.missing.clear();
  expect(check_members(facts.status), "members", level_t::problem, "pi3 at 10.0.0.3:7741 was lost",
         "scripts/launch-node.sh --status");
}

TEST_CASE("fault: two others have no tensors between them") {
  auto facts = three_nodes();
  facts.status.nodes[1].report.troubles = {{"pi3", "10.0.0.3:7742 did not answer", 9}};
  expect(check_members(facts.status), "members", level_t::problem,
         "no tensors go between pi2 and pi3: 10.0.0.3:7742 did not answer",
         "on pi2: bramble doctor");
}

TEST_CASE("fault: versions differ, or builds of one version") {
  auto facts = three_nodes();
  facts.nodes[2].build = "ba9876543210";
  expect(check_versions(facts), "versions", level_t::warning,
         "the builds for arm64, Debian 12 differ: 0123456789ab (pi1, pi2), ba9876543210 (pi3)",
         "one package");
  // Of another system they have to.
  facts.nodes[2].platform = "amd64, Debian 13";
  expect(check_versions(facts), "versions", level_t::ok, "all are 0.1.0", "");
  facts.status.nodes[2].version = "0.2.0";
  expect(check_versions(facts), "versions", level_t::warning,
         "they differ: 0.1.0 (pi1, pi2), 0.2.0 (pi3)", "the same version");
}

TEST_CASE("fault: the clock of one node is wrong") {
  auto facts = three_nodes();
  facts.clocks["pi3"] = std::chrono::hours{-3};
  expect(check_clocks(facts), "clocks", level_t::warning, "that of pi3 is 3 h behind",
         "timedatectl");
}

TEST_CASE("fault: a certificate ends soon") {
  auto facts = three_nodes();
  facts.nodes[1].certificate_until_s = facts.nodes[0].clock_s + std::int64_t{12} * 24 * 3600;
  expect(check_certificates(facts.nodes), "certificates", level_t::warning,
         "that of pi2 ends in 12 days", "bramble keys issue --replace pi2");
}

TEST_CASE("fault: a node is far slower than its kind") {
  auto facts = three_nodes();
  facts.status.nodes[2].report.gmacs = 3;
  facts.status.nodes[2].report.throttled = 1;
  expect(check_speeds(facts.status), "speed", level_t::warning,
         "pi3 does 3.0 GMAC/s, and pi1, which is a Raspberry Pi 4 Model B Rev 1.4 too, 6.4 GMAC/s: "
         "under-voltage",
         "bramble doctor --node 10.0.0.3:7741");
  // Alone of its kind it is held against published figures.
  facts.status.nodes[2].report.gmacs = 2;
  facts.status.nodes[2].report.board = "Raspberry Pi 4 Model B Rev 1.5";
  expect(check_speeds(facts.status), "speed", level_t::warning, "by published figures",
         "bramble probe pi3");
  // Emulated ones are as fast as was asked for.
  facts.status.nodes[2].report.pace_gmacs = 2;
  expect(check_speeds(facts.status), "speed", level_t::ok, "pi1 6.4 GMAC/s, pi2 6.4 GMAC/s", "");
}

TEST_CASE("fault: something changed by hand was forgotten") {
  auto facts = three_nodes();
  facts.status.nodes[0].report.rate_limit_mbit = 100;
  facts.status.nodes[1].report.pace_factor = 0.5;
  facts.status.nodes[2].report.drained = true;
  const auto findings = check_changes(facts.status);
  expect(findings, "changes", level_t::warning, "pi1 sends at 100 Mbit/s at most",
         "bramble rate pi1 none");
  expect(findings, "changes", level_t::warning, "pi2 is slowed by hand to 50 %",
         "bramble pace pi2 1");
  expect(findings, "changes", level_t::warning, "pi3 is drained", "bramble resume pi3");
}

TEST_CASE("fault: a plan does without a node") {
  auto facts = three_nodes();
  auto& p = facts.live.plans[0].p;
  p.verdicts[2].in = false;
  p.verdicts[2].reason = "pi3 left out: with it 120 ms, without 100 ms";
  expect(check_plans(facts.live), "plans", level_t::warning,
         "squeezenet: pi3 left out: with it 120 ms, without 100 ms", "bramble probe pi3");
  // One node is what that method means.
  p.method = "one";
  CHECK(check_plans(facts.live).empty());
}

TEST_CASE("fault: a model is missing somewhere, or its name means two") {
  auto facts = three_nodes();
  facts.status.nodes[2].report.models.clear();
  expect(check_models(facts.status), "models", level_t::warning, "squeezenet is not on pi3 yet",
         "bramble plan squeezenet");
  facts.status.nodes[2].report.models = {{"squeezenet", {std::string(64, 'b')}}};
  expect(check_models(facts.status), "models", level_t::problem, "squeezenet",
         "bramble model use NAME IDENTITY");
}
