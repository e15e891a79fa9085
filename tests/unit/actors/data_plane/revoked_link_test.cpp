// A certificate that was taken back, at the port for tensors.
#include "tests/support/catch.hpp"
#include "tests/support/data_plane_fixture.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/revoked.hpp"

using namespace bramble;
using namespace bramble::testing;

TEST_CASE("the tensor port ends the link of a certificate that is revoked, and lets in no more") {
  auto config = config_of("b");
  const auto known = nothing_revoked();
  config.revoked = known;
  test_node b{config};
  test_node a{"a"};
  test_node c{"c"};
  b.knows(a);
  b.knows(c);
  a.knows(b);
  c.knows(b);
  REQUIRE(b.wait_up("a"));
  REQUIRE(b.wait_up("c"));
  REQUIRE(known->take(list_without("c")));
  b.plane().drop_revoked();
  REQUIRE(b.wait_down("c"));
  CHECK(contains(b.reasons["c"].front(), "revoked"));
  CHECK(b.wait([&] { return b.is_up["a"]; }));
  // It tries again and again, and never gets in.
  const auto before = c.reasons["b"].size();
  CHECK(c.wait([&] { return !c.is_up["b"] && c.reasons["b"].size() >= before; }));
  b.stop();
  CHECK_FALSE(b.is_up["c"]);
}
