#include "discovery/probe.hpp"

#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "config/defaults.hpp"

namespace bramble {
namespace {

class socket_handle {
 public:
  socket_handle(int family, int type)
      : fd_{::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)} {}
  ~socket_handle() {
    if (fd_ >= 0) ::close(fd_);
  }
  socket_handle(socket_handle&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  socket_handle& operator=(socket_handle&&) = delete;
  socket_handle(const socket_handle&) = delete;
  socket_handle& operator=(const socket_handle&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

using address_list = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

address_list resolve(const std::string& host, std::uint16_t port, int type, std::string* why) {
  addrinfo hints{};
  hints.ai_socktype = type;
  addrinfo* found = nullptr;
  const auto error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0 && why != nullptr) *why = ::gai_strerror(error);
  return {error == 0 ? found : nullptr, &::freeaddrinfo};
}

using clock = std::chrono::steady_clock;

/// The kernel repeats a first packet that was lost only after a second, while a cable that is
/// plugged in should be found at once: another socket asks after this long, as often as one probe
/// between nodes lasts.
constexpr int askers = 5;
constexpr auto ask_again = defaults::probe_timeout / askers;

/// EINPROGRESS as long as none of these connected or failed, else 0 or the errno of the first.
int wait_for_any(const std::vector<socket_handle>& sockets, clock::time_point until) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
  std::vector<pollfd> waiting;
  waiting.reserve(sockets.size());
  for (const auto& each : sockets) waiting.push_back({each.get(), POLLOUT, 0});
  const auto ready = ::poll(waiting.data(), waiting.size(), std::max(0, static_cast<int>(left)));
  if (ready < 0) return errno == EINTR ? EINPROGRESS : errno;
  for (const auto& each : waiting) {
    if (each.revents == 0) continue;
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(each.fd, SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
  }
  return EINPROGRESS;
}

/// 0 when connected before the deadline, else the errno.
int connect_before(const addrinfo& where, clock::time_point deadline) {
  std::vector<socket_handle> sockets;
  auto next = clock::now();
  while (true) {
    const auto now = clock::now();
    if (now >= deadline) return ETIMEDOUT;
    if (now >= next) {
      const auto& socket = sockets.emplace_back(where.ai_family, SOCK_STREAM);
      if (socket.get() < 0) return errno;
      if (::connect(socket.get(), where.ai_addr, where.ai_addrlen) == 0) return 0;
      if (errno != EINPROGRESS) return errno;
      next = std::ssize(sockets) < askers ? now + ask_again : deadline;
    }
    if (const auto error = wait_for_any(sockets, std::min(next, deadline)); error != EINPROGRESS)
      return error;
  }
}

std::string numeric(const sockaddr* address, socklen_t size) {
  char text[NI_MAXHOST] = "";
  if (::getnameinfo(address, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0) return {};
  return text;
}

/// Less is more likely to be what a neighbour can reach.
int rank(const ifaddrs& entry) {
  const std::string name{entry.ifa_name};
  const bool container = name.rfind("docker", 0) == 0 || name.rfind("br-", 0) == 0 ||
                         name.rfind("veth", 0) == 0 || name.rfind("virbr", 0) == 0;
  return (container ? 2 : 0) + (entry.ifa_addr->sa_family == AF_INET ? 0 : 1);
}

bool is_link_local(const sockaddr* address) {
  if (address->sa_family != AF_INET6) return false;
  return IN6_IS_ADDR_LINKLOCAL(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
}

}  // namespace

bool can_connect(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout,
                 std::string* why) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  const auto addresses = resolve(host, port, SOCK_STREAM, why);
  auto left = std::ptrdiff_t{0};
  for (const auto* each = addresses.get(); each != nullptr; each = each->ai_next) ++left;
  for (const auto* each = addresses.get(); each != nullptr; each = each->ai_next, --left) {
    // One silent address must not take the time of the others.
    const auto now = std::chrono::steady_clock::now();
    const auto error = connect_before(*each, now + (deadline - now) / left);
    if (error == 0) return true;
    if (why != nullptr) *why = std::strerror(error);
  }
  return false;
}

std::vector<std::string> own_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner{list, &::freeifaddrs};
  std::vector<std::pair<int, std::string>> ranked;
  for (const auto* each = list; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || (each->ifa_flags & IFF_UP) == 0 ||
        (each->ifa_flags & IFF_LOOPBACK) != 0)
      continue;
    const auto family = each->ifa_addr->sa_family;
    if ((family != AF_INET && family != AF_INET6) || is_link_local(each->ifa_addr)) continue;
    const auto size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    ranked.emplace_back(rank(*each), numeric(each->ifa_addr, static_cast<socklen_t>(size)));
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> out;
  for (auto& [order, address] : ranked)
    if (!address.empty()) out.push_back(std::move(address));
  return out;
}

std::string address_towards(const std::string& host) {
  // Connecting a datagram socket only chooses a route and with it our address.
  const auto addresses = resolve(host, 9, SOCK_DGRAM, nullptr);
  for (const auto* each = addresses.get(); each != nullptr; each = each->ai_next) {
    const socket_handle socket{each->ai_family, SOCK_DGRAM};
    if (socket.get() < 0 || ::connect(socket.get(), each->ai_addr, each->ai_addrlen) != 0) continue;
    sockaddr_storage mine{};
    socklen_t size = sizeof mine;
    if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&mine), &size) == 0)
      return numeric(reinterpret_cast<const sockaddr*>(&mine), size);
  }
  return {};
}

}  // namespace bramble
