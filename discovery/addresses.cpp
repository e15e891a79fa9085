#include "discovery/addresses.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <initializer_list>

#include "config/defaults_addresses.hpp"

namespace bramble {
namespace {

bool as_ipv6(const std::string& text, in6_addr& out) {
  return ::inet_pton(AF_INET6, without_scope(text).c_str(), &out) == 1;
}

bool as_ipv4(const std::string& text, in_addr& out) {
  return ::inet_pton(AF_INET, text.c_str(), &out) == 1;
}

void add_once(std::vector<std::string>& to, std::string what, std::size_t most) {
  if (to.size() < most && std::find(to.begin(), to.end(), what) == to.end())
    to.push_back(std::move(what));
}

bool begins_with_any(const std::string& text, std::initializer_list<const char*> beginnings) {
  return std::ranges::any_of(beginnings, [&](const char* each) { return text.starts_with(each); });
}

}  // namespace

std::string without_scope(const std::string& text) {
  return text.substr(0, text.find('%'));
}

bool is_numeric_address(const std::string& text) {
  in_addr v4{};
  in6_addr v6{};
  return as_ipv4(text, v4) || ::inet_pton(AF_INET6, text.c_str(), &v6) == 1;
}

bool is_loopback_address(const std::string& text) {
  in_addr v4{};
  if (as_ipv4(text, v4)) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  if (!as_ipv6(text, v6)) return false;
  // The kernel shows IPv4 on a socket of both families as ::ffff:127.0.0.1.
  return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

bool is_link_local_address(const std::string& text) {
  in6_addr v6{};
  return as_ipv6(text, v6) && IN6_IS_ADDR_LINKLOCAL(&v6);
}

bool is_any_address(const std::string& text) {
  return text.empty() || text == "0.0.0.0" || text == "::";
}

bool is_of_containers(const std::string& card) {
  return begins_with_any(card, {"docker", "br-", "veth", "virbr", "podman", "cni", "lxc", "lxd"});
}

bool is_private_card(const std::string& name, unsigned flags) {
  // Most tunnels are from point to point; some look like a cable.
  return (flags & IFF_POINTOPOINT) != 0 || is_of_containers(name) ||
         begins_with_any(name, {"tun", "tap", "wg", "tailscale", "zt", "ppp", "nordlynx"});
}

int place_among_own(const std::string& address, const std::string& card, bool is_wireless) {
  constexpr int containers = 4, link_local = 8, loopback = 12;
  const int family = address.find(':') == std::string::npos ? 0 : 1;
  const int kind = is_wireless ? 2 : 0;
  if (is_loopback_address(address)) return loopback;
  if (is_link_local_address(address)) return link_local + kind;
  return (is_of_containers(card) ? containers : kind) + family;
}

std::vector<std::string> addresses_of_self(const std::string& listen_address,
                                           const local_addresses& machine) {
  std::vector<std::string> out;
  const auto most = defaults::member_addresses_most;
  if (!is_any_address(listen_address)) {
    add_once(out, without_scope(listen_address), most);
    return out;
  }
  for (const auto& each : machine.addresses)
    if (!is_loopback_address(each)) add_once(out, without_scope(each), most);
  // Last: what is told without them is then a beginning of what is told with them, and of two such
  // claims the longer one wins wherever they meet.
  for (const auto& each : machine.addresses)
    if (is_loopback_address(each)) add_once(out, each, most);
  return out;
}

member told_to_peer(member whom, bool over_loopback) {
  if (!over_loopback) std::erase_if(whom.addresses, is_loopback_address);
  return whom;
}

membership told_to_peer(membership view, bool over_loopback) {
  if (over_loopback) return view;
  for (auto& [name, each] : view.members) std::erase_if(each.addresses, is_loopback_address);
  return view;
}

std::vector<std::string> places_to_try(const std::vector<std::string>& told,
                                       const std::string& reached,
                                       const std::vector<std::string>& interfaces) {
  std::vector<std::string> out;
  const auto add = [&](const std::string& each) {
    if (!is_link_local_address(each) || each.find('%') != std::string::npos)
      return add_once(out, each, defaults::places_most);
    for (const auto& card : interfaces) add_once(out, each + "%" + card, defaults::places_most);
  };
  if (!reached.empty()) add(reached);
  // Those of one card only last: they cost an attempt for each of ours.
  for (const auto& each : told)
    if (!is_link_local_address(each)) add(each);
  for (const auto& each : told)
    if (is_link_local_address(each)) add(each);
  return out;
}

}  // namespace bramble
