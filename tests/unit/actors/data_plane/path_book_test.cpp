// Which address of a peer its link goes over.
#include "actors/transport/data_plane/path_book.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "config/defaults_addresses.hpp"
#include "config/defaults_paths.hpp"
#include "tests/support/catch.hpp"

using namespace bramble;
using bramble::transport::path_book;

namespace {

const path_book::time_point began{};
const std::vector<std::string> two{"192.168.1.5", "192.168.1.6"};

}  // namespace

TEST_CASE(
    "nothing is tried before the link itself is measured, and nothing where nothing else is") {
  path_book paths;
  CHECK_FALSE(paths.better(two, began));
  paths.over(two[0], began);
  CHECK_FALSE(paths.better(two, began));
  paths.measured(90);
  CHECK_FALSE(paths.better({two[0]}, began));
  CHECK(paths.better(two, began) == two[1]);
}

TEST_CASE("an address that was tried and is slower is left at once, and not tried again") {
  path_book paths;
  paths.over(two[0], began);
  paths.measured(900);
  paths.attempted(two[1], began);
  paths.over(two[1], began);
  CHECK_FALSE(paths.better(two, began));  // not measured yet
  paths.measured(60);
  REQUIRE(paths.better(two, began) == two[0]);
  paths.over(two[0], began);
  paths.measured(890);
  CHECK_FALSE(paths.better(two, began + 10 * defaults::path_retry));
  CHECK(paths.in_order({two[1], two[0]}) == std::vector{two[0], two[1]});
}

TEST_CASE("an address that turns out faster is kept, unless it is by little") {
  const auto [rate, stays] = GENERATE(table<double, bool>({{200, true}, {90, true}, {60, false}}));
  path_book paths;
  paths.over(two[0], began);
  paths.measured(100);
  paths.over(two[1], began);
  paths.measured(rate);
  CHECK(paths.better(two, began).has_value() != stays);
}

TEST_CASE("what does not answer is tried again much later") {
  path_book paths;
  paths.over(two[0], began);
  paths.measured(90);
  paths.attempted(two[1], began);
  CHECK_FALSE(paths.better(two, began + defaults::path_retry / 2));
  CHECK(paths.better(two, began + defaults::path_retry) == two[1]);
  // Unless it did answer, when the link was not quiet any more.
  paths.put_off(two[1]);
  CHECK(paths.better(two, began) == two[1]);
}

TEST_CASE("a link that came back over the slower card returns to the faster one, after a while") {
  path_book paths;
  paths.over(two[0], began);
  paths.measured(900);
  paths.over(two[1], began);
  paths.measured(60);
  paths.over(two[0], began);
  paths.measured(900);
  // Its cable is pulled, and what is known of both makes it stay for a moment.
  paths.over(two[1], began);
  paths.measured(60);
  CHECK_FALSE(paths.better(two, began + defaults::path_stay / 2));
  CHECK(paths.better(two, began + defaults::path_stay) == two[0]);
}

TEST_CASE("addresses of another family and of one card only are no other way") {
  path_book paths;
  paths.over("192.168.1.5", began);
  paths.measured(90);
  CHECK_FALSE(paths.better({"192.168.1.5", "2001:db8::5", "fe80::1%eth0"}, began));
  paths.over("2001:db8::5", began);
  paths.measured(90);
  CHECK(paths.better({"192.168.1.5", "2001:db8::5", "fe80::1%eth0", "2001:db8::6"}, began) ==
        "2001:db8::6");
}

TEST_CASE("from an address of one card the link goes to any that is another way") {
  path_book paths;
  paths.over("10.0.0.2", began);
  paths.measured(300);
  paths.over("fe80::1%wlan0", began);
  paths.measured(40);
  CHECK(paths.better({"10.0.0.2", "fe80::1%wlan0"}, began) == "10.0.0.2");
  path_book fresh;
  fresh.over("fe80::1%wlan0", began);
  fresh.measured(40);
  CHECK(fresh.better({"10.0.0.2", "fe80::1%wlan0"}, began) == "10.0.0.2");
}

TEST_CASE("of many addresses few are tried, and what is kept of them is bounded") {
  std::vector<std::string> many{"10.0.0.1"};
  for (int i = 2; i < 100; ++i) many.push_back("10.0.0." + std::to_string(i));
  path_book paths;
  paths.over(many[0], began);
  paths.measured(90);
  std::set<std::string> tried;
  while (const auto next = paths.better(many, began)) {
    REQUIRE(tried.insert(*next).second);
    paths.attempted(*next, began);
  }
  CHECK(tried.size() == defaults::paths_tried_most);
  for (const auto& each : many) {
    paths.over(each, began);
    paths.measured(1);
  }
  const auto order = paths.in_order(many);
  const auto known = std::ranges::find(order, many[0]) - order.begin();
  CHECK(known > 0);
  CHECK(static_cast<std::size_t>(known) <= defaults::places_most);
}
