#include "discovery/cut_pairs.hpp"

#include "tests/support/catch.hpp"

using namespace bramble;

TEST_CASE("of nodes that do not reach each other as few as possible are avoided") {
  using names = std::set<std::string>;
  CHECK(ends_to_avoid({}).empty());
  CHECK(ends_to_avoid({{"pi2", "pi3"}}) == names{"pi3"});
  CHECK(ends_to_avoid({{"pi2", "pi3"}, {"pi2", "pi4"}}) == names{"pi2"});
  CHECK(ends_to_avoid({{"pi2", "pi3"}, {"pi4", "pi5"}}) == names{"pi3", "pi5"});
  CHECK(ends_of({{"pi2", "pi3"}, {"pi2", "pi4"}}) == names{"pi2", "pi3", "pi4"});
}
