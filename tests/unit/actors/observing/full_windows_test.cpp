#include "actors/observing/core/full_windows.hpp"

#include "config/defaults.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;
using namespace std::chrono_literals;

TEST_CASE("a link is told of when its window has been full for a while, and not for a moment") {
  const full_windows::time_point start{1000h};
  constexpr std::uint64_t full = defaults::tensor_window_bytes;
  full_windows links;
  CHECK(links.look({{"pi2", full}, {"pi3", full / 2}}, start).empty());
  CHECK(links.look({{"pi2", full}, {"pi3", full}}, start + 2s).empty());
  auto told = links.look({{"pi2", full}, {"pi3", 0}}, start + 3s);
  REQUIRE(told.size() == 1);
  CHECK(contains(told[0], "the link to pi2 is full: 67"));
  CHECK(contains(told[0], "for 3 s already"));
  // It was emptied meanwhile, or is gone: counted anew.
  CHECK(links.look({{"pi2", 1000}}, start + 4s).empty());
  CHECK(links.look({{"pi2", full}}, start + 5s).empty());
  CHECK(links.look({}, start + 9s).empty());
  CHECK(links.look({{"pi2", full}}, start + 10s).empty());
}
