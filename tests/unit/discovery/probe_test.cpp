#include "discovery/probe.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "tests/support/catch.hpp"

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

TEST_CASE("of several places the first that answers is found, whatever the others do") {
  const listener there{8};
  std::string why;
  // 192.0.2.1 is nobody's: it is silent, or there is no way to it.
  const auto found =
      find_reachable({"192.0.2.1", "127.0.0.2", "127.0.0.1"}, there.port(), plenty, &why);
  REQUIRE(found.has_value());
  // Something listens at 127.0.0.1 alone.
  CHECK(found->host == "127.0.0.1");
  CHECK(found->own == "127.0.0.1");
  CHECK_FALSE(find_reachable({}, there.port(), plenty, &why).has_value());
  CHECK(why == "no address is known");
}

TEST_CASE("each place that failed for a reason of its own is named") {
  std::uint16_t port = 0;
  { port = listener{8}.port(); }
  std::string why;
  CHECK_FALSE(find_reachable({"127.0.0.1", "127.0.0.2"}, port, plenty, &why).has_value());
  CHECK(why == "Connection refused");
  // A broadcast address takes no connections.
  CHECK_FALSE(find_reachable({"127.0.0.1", "255.255.255.255"}, port, plenty, &why).has_value());
  CHECK(why.find("127.0.0.1: Connection refused, 255.255.255.255: ") == 0);
}
