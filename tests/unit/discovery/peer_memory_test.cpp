#include "discovery/peer_memory.hpp"

#include <rapidcheck.h>

#include "config/defaults_addresses.hpp"
#include "tests/support/catch.hpp"

using namespace bramble;
using strings = std::vector<std::string>;

namespace {

constexpr std::uint64_t day = 24ULL * 3600;
constexpr std::uint64_t today = 20000 * day;

membership view_of(const std::map<std::string, strings>& all) {
  membership out;
  for (const auto& [name, addresses] : all) {
    member m;
    m.name = name;
    m.addresses = addresses;
    m.control_port = 7741;
    out.members.emplace(name, m);
  }
  return out;
}

}  // namespace

TEST_CASE(
    "living members are remembered where they were reached first, and written when that changes") {
  peer_memory memory{"cafe", {}};
  auto view = view_of({{"pi1", {"10.0.0.1"}}, {"pi2", {"10.0.0.2", "fd00::2"}}, {"pi3", {}}});
  const std::map<std::string, std::string> reached{{"pi2", "fe80::2%eth0"}};
  CHECK(remember(memory, view, "pi1", reached, today));
  REQUIRE(memory.peers.size() == 1);
  CHECK(memory.peers.at("pi2").addresses == strings{"fe80::2", "10.0.0.2", "fd00::2"});
  CHECK_FALSE(remember(memory, view, "pi1", reached, today + 1));
  CHECK(memory.peers.at("pi2").heard == today);
  view.members.at("pi2").addresses = {"10.0.0.9"};
  CHECK(remember(memory, view, "pi1", reached, today + 2));
  // One that failed or left is where it was, for as long as that may help.
  view.members.at("pi2").state = member::state_t::left;
  CHECK_FALSE(remember(memory, view, "pi1", {}, today + 3));
  CHECK(memory.peers.count("pi2") == 1);
  CHECK_FALSE(remember(memory, {}, "pi1", {}, today + 80 * day));
  CHECK(memory.peers.count("pi2") == 1);
  CHECK(remember(memory, {}, "pi1", {}, today + 100 * day));
  CHECK(memory.peers.empty());
}

TEST_CASE("a disk is written once a day where nothing changes, not once a second") {
  peer_memory memory{"cafe", {}};
  const auto view = view_of({{"pi2", {"10.0.0.2"}}});
  int writes = 0;
  for (std::uint64_t now = today; now < today + 3 * day; now += 60)
    if (remember(memory, view, "pi1", {}, now)) ++writes;
  CHECK(writes == 3);
}

TEST_CASE("of too many peers the ones heard of last are kept") {
  peer_memory memory{"cafe", {}};
  for (std::size_t i = 0; i < 2 * defaults::remembered_peers_most; ++i)
    remember(memory, view_of({{"n" + std::to_string(i), {"10.0.0.1"}}}), "pi1", {}, today + i);
  CHECK(memory.peers.size() == defaults::remembered_peers_most);
  CHECK(memory.peers.count("n0") == 0);
  CHECK(memory.peers.count("n" + std::to_string(2 * defaults::remembered_peers_most - 1)) == 1);
}

TEST_CASE("what is written is read back, of this cluster only, and damage costs lines") {
  peer_memory memory{"cafe", {}};
  remember(memory, view_of({{"pi2", {"10.0.0.2", "fd00::2"}}, {"pi3", {"127.0.0.1"}}}), "pi1", {},
           today);
  const auto text = format_peers(memory);
  CHECK(parse_peers(text, "cafe") == memory);
  CHECK(parse_peers(text, "beef").peers.empty());
  CHECK(parse_peers("", "cafe").peers.empty());
  CHECK(parse_peers("cluster cafe\npeer pi2 7741 1 10.0.0.2\npeer PI4 7741 1 10.0.0.4\npeer pi5 0 "
                    "1 10.0.0.5\n"
                    "peer pi6 7741 1 somewhere\npeer pi7 99999 1 10.0.0.7\n",
                    "cafe")
            .peers.size() == 1);
  CHECK(rc::check([&] {
    auto damaged = text;
    const auto at = *rc::gen::inRange<std::size_t>(0, damaged.size());
    damaged[at] = *rc::gen::arbitrary<char>();
    damaged.resize(*rc::gen::inRange<std::size_t>(0, damaged.size() + 1));
    for (const auto& [name, each] : parse_peers(damaged, "cafe").peers)
      RC_ASSERT(!each.addresses.empty() && each.control_port != 0);
  }));
}
