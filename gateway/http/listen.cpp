#include "gateway/http/listen.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "config/base/error.hpp"

namespace bramble::gateway {
namespace {

constexpr int listen_backlog = 128;

}  // namespace

int listen_at(const endpoint& where) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const auto port = std::to_string(where.port);
  if (const int failed = ::getaddrinfo(where.host.c_str(), port.c_str(), &hints, &found);
      failed != 0)
    throw user_error("--listen: " + where.host +
                     " is no address of this machine: " + ::gai_strerror(failed) + ".");
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> freed{found, &::freeaddrinfo};
  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  if (fd >= 0 && ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
      ::bind(fd, found->ai_addr, found->ai_addrlen) == 0 && ::listen(fd, listen_backlog) == 0)
    return fd;
  const std::string why = std::strerror(errno);
  if (fd >= 0) ::close(fd);
  throw user_error("The gateway cannot listen at " + to_string(where) + ": " + why +
                   "; another address or port is given by --listen.");
}

std::optional<int> listener_from_parent() {
  const int count = ::sd_listen_fds(1);
  if (count == 0) return std::nullopt;
  const int fd = SD_LISTEN_FDS_START;
  if (count != 1 || ::sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0)
    throw user_error(
        "Whoever started the gateway (LISTEN_FDS) is to give it one socket that listens.");
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  return fd;
}

endpoint address_of_listener(int fd) {
  sockaddr_storage at{};
  socklen_t size = sizeof at;
  std::array<char, NI_MAXHOST> host{};
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) != 0 ||
      ::getnameinfo(reinterpret_cast<sockaddr*>(&at), size, host.data(), host.size(), nullptr, 0,
                    NI_NUMERICHOST) != 0)
    throw user_error("The gateway's socket has no address.");
  const auto port = at.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&at)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(&at)->sin_port;
  return {host.data(), ntohs(port)};
}

}  // namespace bramble::gateway
