#include "discovery/probe.hpp"

#include <fcntl.h>
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
#include "config/defaults_addresses.hpp"

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

using clock = std::chrono::steady_clock;

/// The kernel repeats a first packet that was lost only after a second, while a cable that is
/// plugged in should be found at once: another socket asks after this long, as often as one probe
/// between nodes lasts.
constexpr int askers = 5;
constexpr auto ask_again = defaults::probe_timeout / askers;

std::string numeric(const sockaddr* address, socklen_t size) {
  char text[NI_MAXHOST] = "";
  if (::getnameinfo(address, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0) return {};
  return text;
}

/// One address, and the sockets that ask there.
struct candidate {
  sockaddr_storage where{};
  socklen_t size = 0;
  clock::time_point next;  ///< when another socket asks
  std::vector<socket_handle> sockets{};
  std::size_t winner = 0;   ///< of `sockets`, the one that connected
  int error = EINPROGRESS;  ///< 0 once one connected

  const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&where); }
  bool open() const { return error == EINPROGRESS; }
};

/// All addresses of all hosts, each once, in order.
std::vector<candidate> resolve(const std::vector<std::string>& hosts, std::uint16_t port,
                               std::string* why) {
  std::vector<candidate> out;
  const auto now = clock::now();
  for (const auto& host : hosts) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const auto error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (error != 0) {
      if (why != nullptr) *why = ::gai_strerror(error);
      continue;
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{found, &::freeaddrinfo};
    for (const auto* each = found; each != nullptr; each = each->ai_next) {
      const bool known = std::any_of(out.begin(), out.end(), [&](const candidate& c) {
        return c.size == each->ai_addrlen && std::memcmp(&c.where, each->ai_addr, c.size) == 0;
      });
      if (known || each->ai_addrlen > sizeof(sockaddr_storage)) continue;
      candidate fresh;
      std::memcpy(&fresh.where, each->ai_addr, each->ai_addrlen);
      fresh.size = each->ai_addrlen;
      fresh.next = now + static_cast<int>(out.size()) * defaults::place_head_start;
      out.push_back(std::move(fresh));
    }
  }
  return out;
}

void ask(candidate& whom, clock::time_point now) {
  const auto& socket = whom.sockets.emplace_back(whom.where.ss_family, SOCK_STREAM);
  whom.winner = whom.sockets.size() - 1;
  if (socket.get() < 0 || ::connect(socket.get(), whom.address(), whom.size) == 0)
    whom.error = socket.get() < 0 ? errno : 0;
  else if (errno != EINPROGRESS)
    whom.error = errno;
  whom.next = std::ssize(whom.sockets) < askers ? now + ask_again : clock::time_point::max();
}

/// Waits until a socket has news or it is `until`, and notes what became of its candidate.
void wait(std::vector<candidate>& all, clock::time_point until) {
  std::vector<pollfd> waiting;
  std::vector<candidate*> owners;
  for (auto& each : all)
    for (const auto& socket : each.sockets)
      if (each.open()) {
        waiting.push_back({socket.get(), POLLOUT, 0});
        owners.push_back(&each);
      }
  // Rounded up, or the last millisecond would be spun away.
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now()).count();
  if (::poll(waiting.data(), waiting.size(), std::max(0, static_cast<int>(left))) <= 0) return;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    if (waiting[i].revents == 0 || !owners[i]->open()) continue;
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(waiting[i].fd, SOL_SOCKET, SO_ERROR, &error, &size);
    owners[i]->error = error;
    auto& winner = owners[i]->winner;
    winner = 0;
    while (owners[i]->sockets[winner].get() != waiting[i].fd) ++winner;
    if (error == 0) return;
  }
}

reached_place ends_of(const candidate& winner) {
  reached_place out;
  out.host = numeric(winner.address(), winner.size);
  sockaddr_storage mine{};
  socklen_t size = sizeof mine;
  if (::getsockname(winner.sockets[winner.winner].get(), reinterpret_cast<sockaddr*>(&mine),
                    &size) == 0)
    out.own = numeric(reinterpret_cast<const sockaddr*>(&mine), size);
  return out;
}

std::string what_went_wrong(const std::vector<candidate>& all) {
  const auto text = [](const candidate& each) {
    return std::string{std::strerror(each.open() ? ETIMEDOUT : each.error)};
  };
  std::string each_one;
  bool same = true;
  for (const auto& each : all) {
    same = same && text(each) == text(all.front());
    each_one +=
        (each_one.empty() ? "" : ", ") + numeric(each.address(), each.size) + ": " + text(each);
  }
  return same ? text(all.front()) : each_one;
}

}  // namespace

std::optional<reached_place> find_reachable(const std::vector<std::string>& hosts,
                                            std::uint16_t port, std::chrono::milliseconds timeout,
                                            std::string* why) {
  auto all = resolve(hosts, port, why);
  if (all.empty()) {
    if (why != nullptr && hosts.empty()) *why = "no address is known";
    return std::nullopt;
  }
  const auto deadline = clock::now() + timeout;
  while (true) {
    const auto now = clock::now();
    auto until = deadline;
    bool open = false;
    for (auto& each : all) {
      if (each.open() && now >= each.next) ask(each, now);
      if (each.error == 0) return ends_of(each);
      open = open || each.open();
      if (each.open()) until = std::min(until, each.next);
    }
    if (!open || now >= deadline) break;
    wait(all, until);
  }
  if (why != nullptr) *why = what_went_wrong(all);
  return std::nullopt;
}

bool can_connect(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout,
                 std::string* why) {
  return find_reachable({host}, port, timeout, why).has_value();
}

}  // namespace bramble
