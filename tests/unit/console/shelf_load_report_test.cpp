#include "console/shelf_load.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;

namespace {

/// Two hosts that were asked, of whom one has died, and a way with a switch behind it.
shelf_load loaded(const std::string& model = "") {
  cluster_status status;
  status.coordinator = "pi1";
  for (const char* name : {"pi1", "pi2"}) {
    auto& node = status.nodes.emplace_back();
    node.name = name;
    node.state = "alive";
    node.report.loads = {{"m", 1.5, 2, 3, 140, 120, 450, 7}, {"other", 0.5, 1, 0, 0}};
  }
  status.nodes[1].state = "failed";
  load_way way{"m", "each of 2 nodes makes requests whole", "5 are there", 9};
  way.kind = "whole";
  way.wire = "fp32";
  way.most_per_second = 2.06;
  way.switches = {{"all 2 nodes share each request", way.how, "5 are there", 9}};
  return load_of_shelf(status, {{way}, {}}, model);
}

}  // namespace

TEST_CASE("the load of a shelf names hosts, models, waiting, the way and its switches") {
  const auto text = describe(loaded());
  for (const char* part : {"pi1", "other", "1.50", "120 / 450", "whole", "2.06", "last switches",
                           "all 2 nodes share each request -> each of 2 nodes"})
    CHECK(contains(text, part));
  CHECK_FALSE(contains(text, "pi2"));
  const auto json = to_json(loaded());
  CHECK(json["coordinator"] == "pi1");
  REQUIRE(json["hosts"].size() == 2);
  CHECK(json["hosts"][0]["host"] == "pi1");
  CHECK(json["hosts"][0]["queued_p95_ms"] == 450);
  CHECK(json["hosts"][0]["refused"] == 7);
  CHECK(json["ways"][0]["kind"] == "whole");
  CHECK(json["ways"][0]["most_per_second"] == 2.06);
  CHECK(json["ways"][0]["switches"][0]["to"] == "each of 2 nodes makes requests whole");
  CHECK_FALSE(json.contains("ways_unknown"));
}

TEST_CASE("the load of one model is without the others") {
  CHECK(to_json(loaded("m"))["hosts"].size() == 1);
  const auto other = to_json(loaded("other"));
  CHECK(other["hosts"].size() == 1);
  CHECK(other["ways"].empty());
}

TEST_CASE("a shelf that nobody asks says so, and so does one whose coordinator is out of reach") {
  CHECK(contains(describe(load_of_shelf({}, {}, "")), "nothing was asked"));
  const auto lost = load_of_shelf({}, {{}, "pi1 did not answer."}, "");
  CHECK(contains(describe(lost), "not known: pi1 did not answer."));
  CHECK(to_json(lost)["ways_unknown"] == "pi1 did not answer.");
}
