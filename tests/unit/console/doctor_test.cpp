#include "console/doctor.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;

namespace {

examination with_a_problem() {
  examination out;
  out.node = "pi1";
  out.findings = {is_ok("heat", "48 C"),
                  is_warning("memory", "146 MB of 900 MB are free", "ps aux"),
                  is_problem("disk", "it is full", "bramble model rm NAME")};
  return out;
}

}  // namespace

TEST_CASE("doctor: a line for each check, with what to type behind an arrow") {
  CHECK(describe(with_a_problem()) ==
        "ok       heat    48 C\n"
        "warning  memory  146 MB of 900 MB are free -> ps aux\n"
        "problem  disk    it is full -> bramble model rm NAME\n"
        "pi1: 1 problem, 1 warning\n");
  CHECK(describe_problems(with_a_problem()) ==
        "problem  disk  it is full -> bramble model rm NAME\n");
}

TEST_CASE("doctor: what came from another machine does nothing to a terminal") {
  auto what = with_a_problem();
  what.findings[0].says = "48 C\033[2J";
  CHECK(describe(what).find('\033') == std::string::npos);
}

TEST_CASE("doctor: the same for programs") {
  const auto json = to_json(with_a_problem(), true);
  CHECK(json["node"] == "pi1");
  CHECK(json["runs"] == true);
  CHECK(json["problems"] == 1);
  CHECK(json["warnings"] == 1);
  CHECK(json["checks"].size() == 3);
  CHECK(json["checks"][2]["level"] == "problem");
  CHECK(json["checks"][2]["advice"] == "bramble model rm NAME");
}

TEST_CASE("fault: no node runs, and there are no keys") {
  const temporary_folder home;
  const auto what = examine_without_node(home_paths{home.path()}, "nobody answers");
  REQUIRE(what.findings.size() > 2);
  CHECK(what.findings[0].says == "it cannot run: no keys");
  CHECK(what.findings[0].advice.find("scripts/launch-node.sh --background") == 0);
  CHECK(what.findings[1].check == "keys");
  CHECK(what.findings[1].level == finding::level_t::problem);
  CHECK(what.findings[1].says.find("no certificates in") != std::string::npos);
  CHECK(what.findings[1].advice.find("bramble join CODE") != std::string::npos);
}
