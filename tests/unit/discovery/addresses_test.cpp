#include "discovery/addresses.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "config/defaults_addresses.hpp"
#include "discovery/address_watch.hpp"
#include "discovery/netlink.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;
using strings = std::vector<std::string>;

namespace {

rc::Gen<strings> some_addresses() {
  return rc::gen::container<strings>(
      rc::gen::element<std::string>("10.0.0.1", "10.0.0.2", "192.168.1.7", "fd00::1", "2001:db8::2",
                                    "fe80::1", "fe80::2", "127.0.0.1", "127.1.2.3", "::1"));
}

byte_vector message(std::uint16_t type, std::size_t payload = 24) {
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(payload));
  header.nlmsg_type = type;
  byte_vector out(NLMSG_SPACE(payload));
  std::memcpy(out.data(), &header, sizeof header);
  return out;
}

byte_vector operator+(byte_vector a, const byte_vector& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

TEST_CASE("kinds of addresses") {
  for (const std::string each : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"})
    CHECK(is_loopback_address(each));
  for (const std::string each : {"128.0.0.1", "10.0.0.1", "::2", "", "localhost", "fe80::1"})
    CHECK_FALSE(is_loopback_address(each));
  for (const std::string each : {"fe80::1", "fe80::1%eth0", "febf::1"})
    CHECK(is_link_local_address(each));
  for (const std::string each : {"fec0::1", "169.254.0.1", "::1", ""})
    CHECK_FALSE(is_link_local_address(each));
  for (const std::string each : {"10.0.0.1", "::", "fe80::1"}) CHECK(is_numeric_address(each));
  for (const std::string each : {"", "pi1", "10.0.0", "fe80::1%eth0", "10.0.0.1 "})
    CHECK_FALSE(is_numeric_address(each));
}

TEST_CASE("containers and tunnels lead to no neighbour") {
  for (const std::string each : {"docker0", "br-1f2e", "veth12ab", "virbr0", "wg0", "tun0", "tap1",
                                 "tailscale0", "ztabcdef"})
    CHECK(is_private_card(each, 0));
  CHECK(is_private_card("anything", IFF_POINTOPOINT));
  for (const std::string each : {"eth0", "wlan0", "end0", "enp3s0", "br0", "bond0"})
    CHECK_FALSE(is_private_card(each, IFF_UP | IFF_BROADCAST | IFF_MULTICAST));
  // Nobody is reached at loopback, or at an address that no card has.
  CHECK(cards_to_tell_on("127.0.0.1").empty());
  CHECK(cards_to_tell_on("192.0.2.77").empty());
}

TEST_CASE("a cable is told before a wireless card, and both before what few can reach") {
  struct place {
    std::string address;
    std::string card;
    bool is_wireless = false;
  };
  const std::vector<place> wanted{{"10.0.0.7", "eth0"},        {"2001:db8::7", "eth0"},
                                  {"10.0.0.8", "wlan0", true}, {"2001:db8::8", "wlan0", true},
                                  {"172.17.0.1", "docker0"},   {"fd00::1", "docker0"},
                                  {"fe80::7", "eth0"},         {"fe80::8", "wlan0", true},
                                  {"127.0.0.1", "lo"}};
  auto found = wanted;
  std::ranges::reverse(found);
  std::ranges::stable_sort(found, {}, [](const place& each) {
    return place_among_own(each.address, each.card, each.is_wireless);
  });
  for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(found[i].address == wanted[i].address);
}

TEST_CASE("the kernel says which card is wireless") {
  const temporary_folder root;
  for (const std::string each : {"eth0", "wlan0/phy80211", "wlan1/wireless"})
    std::filesystem::create_directories(root.path() / "sys/class/net" / each);
  CHECK_FALSE(is_wireless_card("eth0", root.path()));
  CHECK_FALSE(is_wireless_card("eth1", root.path()));
  CHECK(is_wireless_card("wlan0", root.path()));
  CHECK(is_wireless_card("wlan1", root.path()));
}

TEST_CASE("a node that was told where to listen is there alone") {
  const local_addresses machine{{"10.0.0.1", "fe80::1", "127.0.0.1"}, {"eth0"}};
  CHECK(addresses_of_self("10.0.0.1", machine) == strings{"10.0.0.1"});
  CHECK(addresses_of_self("127.0.0.1", machine) == strings{"127.0.0.1"});
  CHECK(addresses_of_self("fe80::1%eth0", machine) == strings{"fe80::1"});
  for (const std::string any : {"", "0.0.0.0", "::"})
    CHECK(addresses_of_self(any, machine) == machine.addresses);
  CHECK(addresses_of_self("0.0.0.0", {}).empty());
}

TEST_CASE("a loopback address is told over loopback only, and never beats what is told without") {
  CHECK(rc::check([] {
    member self;
    self.name = "pi1";
    self.addresses = addresses_of_self("0.0.0.0", {*some_addresses(), {}});
    RC_ASSERT(self.addresses.size() <= defaults::member_addresses_most);
    const auto told = told_to_peer(self, false);
    RC_ASSERT(std::none_of(told.addresses.begin(), told.addresses.end(), is_loopback_address));
    RC_ASSERT(told_to_peer(self, true) == self);
    const membership whole{{{"pi1", self}}};
    const auto part = told_to_peer(whole, false);
    RC_ASSERT(part.members.at("pi1") == told);
    // A node on the same machine hears both ways and keeps the longer one.
    for (auto order : {std::pair{whole, part}, std::pair{part, whole}}) {
      merge(order.first, order.second);
      RC_ASSERT(order.first == whole);
    }
  }));
}

TEST_CASE(
    "places to try: where it was reached first, link-local ones once for each card, none twice") {
  CHECK(rc::check([] {
    const auto told = *some_addresses();
    const auto reached = *rc::gen::element<std::string>("", "10.0.0.2", "fe80::9%eth1", "fe80::2");
    const auto cards = *rc::gen::element(strings{}, strings{"eth0"}, strings{"eth0", "wlan0"});
    const auto places = places_to_try(told, reached, cards);
    RC_ASSERT(std::set<std::string>(places.begin(), places.end()).size() == places.size());
    const bool certain = !reached.empty() && (!is_link_local_address(reached) ||
                                              reached.find('%') != std::string::npos);
    if (certain) RC_ASSERT(places.front() == reached);
    for (const auto& each : told)
      if (is_link_local_address(each)) {
        for (const auto& card : cards)
          RC_ASSERT(std::count(places.begin(), places.end(), each + "%" + card) == 1);
      } else {
        RC_ASSERT(std::count(places.begin(), places.end(), each) == 1);
      }
    for (const auto& each : places)
      RC_ASSERT(!is_link_local_address(each) || each.find('%') != std::string::npos);
  }));
}

TEST_CASE("what the kernel says of addresses is understood, whatever stands around it") {
  CHECK(read_address_news({}) == address_news::none);
  CHECK(read_address_news(message(RTM_NEWROUTE)) == address_news::none);
  for (const std::uint16_t type : {RTM_NEWADDR, RTM_DELADDR, RTM_NEWLINK, RTM_DELLINK}) {
    CHECK(read_address_news(message(type)) == address_news::changed);
    CHECK(read_address_news(message(RTM_NEWROUTE, 5) + message(type)) == address_news::changed);
  }
  CHECK(read_address_news(message(RTM_NEWADDR) + message(NLMSG_OVERRUN)) == address_news::lost);
  CHECK(rc::check("any bytes", [](const byte_vector& noise) { read_address_news(noise); }));
  CHECK(rc::check("a message that is cut off says nothing", [] {
    const auto whole = message(RTM_NEWADDR);
    const auto size = *rc::gen::inRange<std::size_t>(0, NLMSG_LENGTH(24));
    RC_ASSERT(read_address_news({whole.data(), size}) == address_news::none);
  }));
  CHECK(rc::check("lengths that lie", [](std::uint32_t length) {
    auto lying = message(RTM_NEWADDR) + message(RTM_NEWADDR);
    std::memcpy(lying.data(), &length, sizeof length);
    read_address_news(lying);
  }));
}

TEST_CASE("this machine's addresses are addresses, each once, loopback last") {
  const auto found = look_at_addresses().addresses;
  CHECK(std::set<std::string>(found.begin(), found.end()).size() == found.size());
  for (const auto& each : found) CHECK(is_numeric_address(each));
  CHECK(std::is_sorted(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return is_loopback_address(a) < is_loopback_address(b);
  }));
}
