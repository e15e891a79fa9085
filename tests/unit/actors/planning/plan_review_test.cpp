#include "actors/planning/core/plan_review.hpp"

#include "config/defaults.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/nothing_model.hpp"

using namespace bramble;

namespace {

shelf two_nodes() {
  shelf s;
  s.host = "a";
  s.nodes.resize(2);
  s.nodes[0].name = "a";
  s.nodes[1].name = "b";
  for (auto& node : s.nodes) node.gmacs = 6;
  s.links = {{"a", "b", 940, 0.3}};
  return s;
}

}  // namespace

TEST_CASE("one node against the others, or a link, has moved; all nodes alike have not") {
  auto before = two_nodes();
  before.nodes.push_back(before.nodes[1]);
  before.nodes[2].name = "c";
  const auto step = defaults::rebalance_moved * 1.01;
  auto now = before;
  for (auto& node : now.nodes) node.gmacs /= step;
  CHECK_FALSE(has_moved(before, now));
  now.nodes[1].gmacs /= step;
  CHECK(has_moved(before, now));
  now = before;
  now.nodes[2].gmacs *= step;
  CHECK(has_moved(before, now));
  now = before;
  now.links[0].mbit /= step;
  CHECK(has_moved(before, now));
  CHECK(has_moved(now, before));
  now.links.push_back({"b", "c", 5, 0.3});  // of links that are new nothing was known
  CHECK_FALSE(has_moved(before, now));
  now.nodes.pop_back();
  CHECK(has_moved(before, now));
}

TEST_CASE("small movements are no change, large ones and other nodes are") {
  const auto before = two_nodes();
  CHECK_FALSE(has_changed(before, before));
  auto now = before;
  now.nodes[1].gmacs *= (1 + defaults::review_change) / 2;
  now.links[0].mbit /= (1 + defaults::review_change) / 2;
  CHECK_FALSE(has_changed(before, now));
  now.nodes[1].gmacs = 6 / defaults::review_change / 1.01;
  CHECK(has_changed(before, now));
  now = before;
  now.links[0].mbit *= defaults::review_change * 1.01;
  CHECK(has_changed(before, now));
  now = before;
  now.nodes.pop_back();
  CHECK(has_changed(before, now));
  now = before;
  now.nodes[1].name = "c";
  CHECK(has_changed(before, now));
  now = before;
  now.links.clear();
  CHECK(has_changed(before, now));
}

TEST_CASE("plans of equal work look equal whatever their epoch") {
  const auto p = plan_with_workers({"a", "b", "c"}, {2});
  auto again = p;
  again.epoch = 7;
  CHECK(outlook_of(p, 5).key == outlook_of(again, 5).key);
  CHECK(outlook_of(p, 5).ms == 5);
  CHECK(outlook_of(p, 5).nodes == std::vector<std::string>{"a", "c"});
  again.pieces.push_back({});
  CHECK(outlook_of(p, 5).key != outlook_of(again, 5).key);
}
