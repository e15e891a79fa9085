#include "console/discover.hpp"

#include <nlohmann/json.hpp>

#include "config/defaults_mdns.hpp"
#include "console/near_invitations.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;
using kind_t = mdns_notice::kind_t;

namespace {

mdns_notice of_shelf(const std::string& cluster, const std::string& node,
                     kind_t kind = kind_t::node) {
  return {kind,
          cluster,
          "8c1fe012",
          std::string(32, 'a'),
          node,
          "0.1.0",
          static_cast<std::uint16_t>(kind == kind_t::node ? 7741 : 7743)};
}

const std::vector<sighting> two_shelves{
    {of_shelf("cellar", "pi1"), {"10.0.0.9"}},
    {of_shelf("attic", "pi1"), {"10.0.0.1", "fe80::1%eth0"}},
    {of_shelf("attic", "pi2"), {"10.0.0.2"}},
    {of_shelf("attic", "pi1", kind_t::invitation), {"10.0.0.1"}},
};

}  // namespace

TEST_CASE("shelves in sight are listed with their nodes, and whose they are") {
  const auto own = of_shelf("cellar", "pi7");
  const auto shelves = shelves_in(two_shelves, &own);
  REQUIRE(shelves.size() == 2);
  CHECK(shelves[0].name == "attic");
  CHECK_FALSE(shelves[0].is_own);
  CHECK(shelves[0].nodes.size() == 2);
  CHECK(shelves[1].is_own);
  const auto text = describe(shelves);
  CHECK(contains(text, "shelf attic (8c1fe012)\n"));
  CHECK(contains(text, "shelf cellar (8c1fe012), this machine's\n"));
  CHECK(contains(text, "10.0.0.1, fe80::1%eth0"));
  CHECK(contains(text, "pi1 invites, on port 7743 of 10.0.0.1: `bramble join CODE`"));
  CHECK_FALSE(shelves_in(two_shelves, nullptr)[1].is_own);
}

TEST_CASE("shelves in sight as JSON") {
  const auto json = to_json(shelves_in(two_shelves, nullptr));
  REQUIRE(json.size() == 2);
  CHECK(json[0].at("cluster") == "attic");
  CHECK(json[0].at("own") == false);
  CHECK(json[0].at("nodes").at(0).at("addresses") ==
        nlohmann::json::array({"10.0.0.1", "fe80::1%eth0"}));
  CHECK(json[0].at("nodes").at(1) ==
        nlohmann::json{
            {"name", "pi2"}, {"version", "0.1.0"}, {"addresses", {"10.0.0.2"}}, {"port", 7741}});
  CHECK(json[0].at("invitations").at(0).at("port") == 7743);
  CHECK(json[1].at("invitations").empty());
  CHECK(to_json({}) == nlohmann::json::array());
}

TEST_CASE("a code is led to invitations of its authority alone") {
  join_code code{.hosts = {"192.0.2.1"}};
  code.authority.fill(0xaa);
  const auto found = led_to(code, two_shelves);
  REQUIRE(found.size() == 1);
  CHECK(found[0].hosts == std::vector<std::string>{"10.0.0.1"});
  CHECK(found[0].port == 7743);
  CHECK(found[0].secret == code.secret);
  const std::vector<sighting> crowd(100, two_shelves.back());
  CHECK(led_to(code, crowd).size() == defaults::near_invitations_most);
  code.authority.fill(0xab);
  CHECK(led_to(code, two_shelves).empty());
}
