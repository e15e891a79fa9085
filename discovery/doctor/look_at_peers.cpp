#include "discovery/doctor/look_at_peers.hpp"

#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <thread>

#include "config/defaults_doctor.hpp"
#include "discovery/addresses.hpp"
#include "discovery/probe.hpp"

namespace bramble {
namespace {

/// Where nothing listens: traceroute's first.
constexpr const char* closed_port = "33434";

std::string numeric_without_scope(const sockaddr* address, socklen_t size) {
  char text[NI_MAXHOST] = "";
  if (::getnameinfo(address, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0) return {};
  return without_scope(text);
}

/// A datagram socket connected to the closed port there; -1 where no route leads there.
class datagrams {
 public:
  explicit datagrams(const std::string& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    hints.ai_flags = AI_NUMERICHOST;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), closed_port, &hints, &found) != 0) return;
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{found, &::freeaddrinfo};
    family_ = found->ai_family;
    fd_ = ::socket(family_, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ >= 0 && ::connect(fd_, found->ai_addr, found->ai_addrlen) != 0) close();
  }
  datagrams(const datagrams&) = delete;
  datagrams& operator=(const datagrams&) = delete;
  ~datagrams() { close(); }

  /// The address of ours that leads there.
  std::string own() const {
    sockaddr_storage mine{};
    socklen_t size = sizeof mine;
    if (fd_ < 0 || ::getsockname(fd_, reinterpret_cast<sockaddr*>(&mine), &size) != 0) return {};
    return numeric_without_scope(reinterpret_cast<const sockaddr*>(&mine), size);
  }

  enum class outcome : std::uint8_t { arrived, vanished, too_large, impossible };

  /// One packet of so many bytes with its headers. Arrived: the other kernel said so.
  outcome send(int bytes) {
    if (fd_ < 0) return outcome::impossible;
    // As large as it is, whatever was learnt of the route, and in one piece.
    const int whole = IP_PMTUDISC_PROBE;
    const bool is_4 = family_ == AF_INET;
    ::setsockopt(fd_, is_4 ? IPPROTO_IP : IPPROTO_IPV6, is_4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER,
                 &whole, sizeof whole);
    constexpr int udp_header = 8, header_4 = 20, header_6 = 40;
    const auto size = static_cast<std::size_t>(bytes - udp_header - (is_4 ? header_4 : header_6));
    const std::vector<char> payload(size);
    int late = 0;  // the answer to an earlier one, which is taken by looking at it
    socklen_t late_size = sizeof late;
    ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &late, &late_size);
    if (::send(fd_, payload.data(), payload.size(), 0) < 0)
      return errno == EMSGSIZE ? outcome::too_large : outcome::impossible;
    pollfd wait{fd_, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(defaults::packet_patience.count())) <= 0)
      return outcome::vanished;
    char ignored = 0;
    if (::recv(fd_, &ignored, 1, 0) >= 0 || errno == ECONNREFUSED) return outcome::arrived;
    return errno == EMSGSIZE ? outcome::too_large : outcome::vanished;
  }

 private:
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  int fd_ = -1;
  int family_ = AF_UNSPEC;
};

/// One that the other kernel owes an answer, however many it gave before.
datagrams::outcome send_in_time(datagrams& there, int bytes) {
  std::this_thread::sleep_for(defaults::packet_pace);
  return there.send(bytes);
}

/// A size has vanished when it never arrived and small ones, sent by turns with it, always did.
bool vanishes(datagrams& there, int bytes) {
  for (int round = 0; round < defaults::packet_rounds; ++round) {
    if (send_in_time(there, defaults::mtu_everywhere / 2) != datagrams::outcome::arrived)
      return false;
    if (send_in_time(there, bytes) != datagrams::outcome::vanished) return false;
  }
  return true;
}

void describe_card(node_route& out, const std::vector<card_facts>& cards) {
  out.card = card_with(without_scope(out.own));
  for (const auto& card : cards)
    if (card.name == out.card) {
      out.is_wireless = card.is_wireless;
      // A made one has no cable, whatever it says.
      out.card_mbit = card.is_real ? card.mbit : 0;
    }
}

}  // namespace

std::string card_with(const std::string& address) {
  ifaddrs* list = nullptr;
  if (address.empty() || ::getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner{list, &::freeifaddrs};
  for (const auto* each = list; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    const auto family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    const auto size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    if (numeric_without_scope(each->ifa_addr, static_cast<socklen_t>(size)) == address)
      return each->ifa_name;
  }
  return {};
}

node_route look_at(const std::string& self, const peer_place& peer,
                   const std::vector<card_facts>& cards) {
  node_route out;
  out.from = self;
  out.to = peer.name;
  const auto knock = [&](std::uint16_t port, std::string& why) {
    const auto place = find_reachable(peer.hosts, port, defaults::knock_patience, &why);
    if (!place) {
      if (why.empty()) why = "no address is known";
      return;
    }
    why.clear();
    out.own = place->own;
    out.host = place->host;
  };
  knock(peer.data_port, out.data);
  knock(peer.control_port, out.control);
  // Which card it would be, where nothing answered.
  if (out.own.empty() && !peer.hosts.empty()) out.own = datagrams{peer.hosts.front()}.own();
  describe_card(out, cards);
  return out;
}

packet_facts try_packets(const std::string& host, int mtu) {
  packet_facts out;
  out.tried = mtu;
  if (host.empty() || mtu < defaults::mtu_everywhere) return out;
  datagrams there{host};
  const auto first = there.send(mtu);
  if (first == datagrams::outcome::arrived || first == datagrams::outcome::too_large) {
    // Who is told that a packet is too large sends smaller ones.
    out.largest = mtu;
    return out;
  }
  if (first == datagrams::outcome::impossible) return out;
  if (!vanishes(there, mtu)) {
    out.largest = send_in_time(there, mtu) == datagrams::outcome::arrived ? mtu : 0;
    return out;
  }
  // What tunnels and the like leave of a packet.
  for (const int smaller : {1492, 1450, 1420, 1400, 1350, defaults::mtu_everywhere})
    if (smaller < mtu && send_in_time(there, smaller) == datagrams::outcome::arrived) {
      out.largest = smaller;
      return out;
    }
  out.largest = defaults::mtu_everywhere / 2;
  return out;
}

}  // namespace bramble
