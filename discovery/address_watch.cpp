#include "discovery/address_watch.hpp"

#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "config/defaults_addresses.hpp"
#include "discovery/netlink.hpp"
#include "discovery/quiet_thread.hpp"

namespace bramble {
namespace {

std::string numeric(const sockaddr* address) {
  const auto size = address->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  char text[NI_MAXHOST] = "";
  if (::getnameinfo(address, static_cast<socklen_t>(size), text, sizeof text, nullptr, 0,
                    NI_NUMERICHOST) != 0)
    return {};
  return without_scope(text);
}

/// Of cards that are up.
template <class Then>
void for_each_address(Then then) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner{list, &::freeifaddrs};
  for (const auto* each = list; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || (each->ifa_flags & IFF_UP) == 0) continue;
    const auto family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    const auto address = numeric(each->ifa_addr);
    if (!address.empty()) then(*each, address);
  }
}

void add_card(std::vector<std::string>& to, const ifaddrs& entry) {
  if (std::find(to.begin(), to.end(), entry.ifa_name) == to.end()) to.emplace_back(entry.ifa_name);
}

int open_netlink() {
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (fd < 0) return -1;
  sockaddr_nl where{};
  where.nl_family = AF_NETLINK;
  where.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0) return fd;
  ::close(fd);
  return -1;
}

/// Reads all that waits; whether any of it is about addresses.
bool drain(int news) {
  bool changed = false;
  std::array<std::uint8_t, 16384> buffer{};
  while (true) {
    const auto got = ::recv(news, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return changed || errno == ENOBUFS;
    if (got == 0) return changed;
    changed |=
        read_address_news({buffer.data(), static_cast<std::size_t>(got)}) != address_news::none;
  }
}

}  // namespace

bool is_wireless_card(const std::string& name, const std::filesystem::path& root) {
  std::error_code none;
  const auto card = root / "sys/class/net" / name;
  return std::filesystem::exists(card / "wireless", none) ||
         std::filesystem::exists(card / "phy80211", none);
}

local_addresses look_at_addresses() {
  std::vector<std::pair<int, std::string>> ranked;
  local_addresses out;
  for_each_address([&](const ifaddrs& each, const std::string& address) {
    ranked.emplace_back(place_among_own(address, each.ifa_name, is_wireless_card(each.ifa_name)),
                        address);
    if ((each.ifa_flags & IFF_LOOPBACK) == 0 && is_link_local_address(address))
      add_card(out.interfaces, each);
  });
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [order, address] : ranked)
    if (std::find(out.addresses.begin(), out.addresses.end(), address) == out.addresses.end())
      out.addresses.push_back(std::move(address));
  return out;
}

std::vector<std::string> cards_to_tell_on(const std::string& listen_address) {
  std::vector<std::string> out;
  for_each_address([&](const ifaddrs& each, const std::string& address) {
    if ((each.ifa_flags & IFF_LOOPBACK) != 0 || is_private_card(each.ifa_name, each.ifa_flags))
      return;
    if (is_any_address(listen_address) || without_scope(listen_address) == address)
      add_card(out, each);
  });
  return out;
}

address_watch::address_watch(local_addresses known,
                             std::function<void(const local_addresses&)> changed)
    : news_{open_netlink()}, stop_{::eventfd(0, EFD_CLOEXEC)} {
  if (stop_ < 0) {
    const auto error = errno;
    if (news_ >= 0) ::close(news_);
    throw std::system_error(error, std::generic_category(), "eventfd");
  }
  thread_ = start_quiet_thread(
      "address_watch", [this, known = std::move(known), changed = std::move(changed)]() mutable {
        run(std::move(known), changed);
      });
}

address_watch::~address_watch() {
  const std::uint64_t one = 1;
  while (::write(stop_, &one, sizeof one) < 0 && errno == EINTR) {
  }
  thread_.join();
  ::close(stop_);
  if (news_ >= 0) ::close(news_);
}

/// Until there may be something to see; false when it is time to end.
bool address_watch::wait() const {
  std::array<pollfd, 2> waits{pollfd{stop_, POLLIN, 0}, pollfd{news_, POLLIN, 0}};
  auto patience = defaults::address_look_again;
  bool told = false;
  while (true) {
    const auto ready = ::poll(waits.data(), waits.size(), static_cast<int>(patience.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (waits[0].revents != 0) return false;
    if (ready <= 0) return true;
    // The first word of a burst: the rest is waited for, but not for ever.
    if (drain(news_) && !told) {
      told = true;
      patience = defaults::address_settle;
    } else if (told) {
      return true;
    }
  }
}

void address_watch::run(local_addresses known,
                        const std::function<void(const local_addresses&)>& changed) const {
  do {
    auto now = look_at_addresses();
    if (now == known) continue;  // to the wait
    known = std::move(now);
    changed(known);
  } while (wait());
}

}  // namespace bramble
