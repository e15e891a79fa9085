#include "discovery/probe.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "tests/catch.hpp"

using namespace bramble;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds plenty{20000};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  where.sin_port = htons(port);
  return where;
}

/// Something that listens on a free port of 127.0.0.1, with room for `backlog` connections.
class listener {
 public:
  explicit listener(int backlog) : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    auto where = loopback(0);
    socklen_t size = sizeof where;
    auto* const address = reinterpret_cast<sockaddr*>(&where);
    if (::bind(fd_, address, size) != 0 || ::listen(fd_, backlog) != 0 ||
        ::getsockname(fd_, address, &size) != 0) {
      throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(where.sin_port);
  }
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;
  ~listener() { ::close(fd_); }

  std::uint16_t port() const { return port_; }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

/// A connection that is begun and not waited for.
class dialler {
 public:
  explicit dialler(std::uint16_t port)
      : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)} {
    const auto where = loopback(port);
    const auto result = ::connect(fd_, reinterpret_cast<const sockaddr*>(&where), sizeof where);
    if (result != 0 && errno != EINPROGRESS)
      throw std::system_error(errno, std::generic_category(), "connect");
  }
  dialler(const dialler&) = delete;
  dialler& operator=(const dialler&) = delete;
  ~dialler() { ::close(fd_); }

 private:
  int fd_;
};

bool is_address(const std::string& text) {
  in6_addr parsed{};
  return ::inet_pton(AF_INET, text.c_str(), &parsed) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &parsed) == 1;
}

}  // namespace

TEST_CASE("a port that listens is told from one that does not") {
  std::string why;
  std::uint16_t port = 0;
  {
    const listener there{8};
    port = there.port();
    CHECK(can_connect("127.0.0.1", port, plenty, &why));
    CHECK(can_connect("127.0.0.1", port, plenty, nullptr));
    // "localhost" may be ::1 first, where nothing listens.
    CHECK(can_connect("localhost", port, plenty, &why));
  }
  CHECK_FALSE(can_connect("127.0.0.1", port, plenty, &why));
  CHECK(why == "Connection refused");
  CHECK_FALSE(can_connect("127.0.0.1", port, plenty, nullptr));
}

TEST_CASE("a name that nobody knows is said to be the reason") {
  std::string why;
  CHECK_FALSE(can_connect("no such host", 1, plenty, &why));
  CHECK_FALSE(why.empty());
  CHECK(address_towards("no such host").empty());
}

TEST_CASE("a host that stays silent is given up") {
  // A full backlog drops what comes, as an absent host does.
  const listener full{0};
  std::vector<std::unique_ptr<dialler>> crowd;
  std::string why;
  bool reached = true;
  for (int i = 0; reached && i < 16; ++i) {
    crowd.push_back(std::make_unique<dialler>(full.port()));
    reached = can_connect("127.0.0.1", full.port(), milliseconds{100}, &why);
  }
  CHECK_FALSE(reached);
  CHECK(why == "Connection timed out");
}

TEST_CASE("the address towards a host is one that the kernel would use") {
  CHECK(address_towards("127.0.0.1") == "127.0.0.1");
  const auto own = own_addresses();
  for (const auto& each : own) CHECK(address_towards(each) == each);
}

TEST_CASE("own addresses are addresses others could use, each once, IPv4 first") {
  const auto own = own_addresses();
  const std::set<std::string> distinct{own.begin(), own.end()};
  CHECK(distinct.size() == own.size());
  CHECK(distinct.count("127.0.0.1") == 0);
  CHECK(distinct.count("::1") == 0);
  for (const auto& each : own) CHECK(is_address(each));
}
