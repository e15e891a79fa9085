#include "actors/plan_review.hpp"

#include "config/defaults.hpp"
#include "tests/catch.hpp"

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

TEST_CASE("small movements are no change, large ones and other nodes are") {
  const auto before = two_nodes();
  CHECK_FALSE(has_changed(before, before, defaults::review_change));
  auto now = before;
  now.nodes[1].gmacs *= (1 + defaults::review_change) / 2;
  now.links[0].mbit /= (1 + defaults::review_change) / 2;
  CHECK_FALSE(has_changed(before, now, defaults::review_change));
  now.nodes[1].gmacs = 6 / defaults::review_change / 1.01;
  CHECK(has_changed(before, now, defaults::review_change));
  now = before;
  now.links[0].mbit *= defaults::review_change * 1.01;
  CHECK(has_changed(before, now, defaults::review_change));
  now = before;
  now.nodes.pop_back();
  CHECK(has_changed(before, now, defaults::review_change));
  now = before;
  now.nodes[1].name = "c";
  CHECK(has_changed(before, now, defaults::review_change));
  now = before;
  now.links.clear();
  CHECK(has_changed(before, now, defaults::review_change));
}

TEST_CASE("plans of equal work look equal whatever their epoch") {
  plan p;
  p.nodes = {"a", "b", "c"};
  p.verdicts.resize(3);
  p.verdicts[2].in = true;
  auto again = p;
  again.epoch = 7;
  CHECK(outlook_of(p, 5).key == outlook_of(again, 5).key);
  CHECK(outlook_of(p, 5).ms == 5);
  CHECK(outlook_of(p, 5).nodes == std::vector<std::string>{"a", "c"});
  again.pieces.push_back({});
  CHECK(outlook_of(p, 5).key != outlook_of(again, 5).key);
}
