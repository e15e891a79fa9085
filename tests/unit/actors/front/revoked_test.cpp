// A certificate that was taken back, at the control port.
#include "tests/support/revoked.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/front_fixture.hpp"

using namespace bramble;
using namespace bramble::testing;

TEST_CASE(
    "the control port ends connections of a certificate that is revoked, and lets in no more") {
  auto config = test_front::config_of("b");
  const auto known = nothing_revoked();
  config.revoked = known;
  test_front b{config};
  test_front a{"a"};
  test_front c{"c"};
  auto from_c = c.connect(b.port());
  REQUIRE(from_c.is_open());
  // Handed on only when it has said something.
  from_c.write(client_handshake(c.identity).bytes());
  const auto to_c = b.next();
  REQUIRE(to_c.is_open());
  auto from_a = a.connect(b.port());
  REQUIRE(from_a.is_open());
  REQUIRE(known->take(list_without("c")));
  b.door().drop_revoked();
  CHECK(from_c.ends());
  const auto refused = c.dial(b.port());
  CHECK(refused.local == -1);
  CHECK(contains(refused.why, "revoked"));
  // Others are none the worse for it.
  const auto hello = client_handshake(a.identity).bytes();
  from_a.write(hello);
  auto there = b.next();
  CHECK(there.read(hello.size()) == hello);
}

TEST_CASE("nobody talks to a node whose certificate is revoked either") {
  auto config = test_front::config_of("b");
  const auto known = nothing_revoked();
  REQUIRE(known->take(list_without("c")));
  config.revoked = known;
  test_front b{config};
  test_front c{"c"};
  const auto refused = b.dial(c.port());
  CHECK(refused.local == -1);
  CHECK(contains(refused.why, "revoked"));
}
