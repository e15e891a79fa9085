#include "config/system/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "config/defaults_service.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;
using namespace std::chrono_literals;

namespace {

/// Stands for systemd: what it is told lies in its socket as soon as the teller has returned.
class fake_service_manager {
 public:
  fake_service_manager() : socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)} {
    const auto path = (folder_ / "notify").string();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("no socket at " + path);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  fake_service_manager(const fake_service_manager&) = delete;
  fake_service_manager& operator=(const fake_service_manager&) = delete;
  ~fake_service_manager() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
    ::close(socket_);
  }

  void watch(const std::string& microseconds, pid_t whom = ::getpid()) {
    ::setenv("WATCHDOG_USEC", microseconds.c_str(), 1);
    ::setenv("WATCHDOG_PID", std::to_string(whom).c_str(), 1);
  }

  /// Empty where nothing was told.
  std::string heard() const {
    char text[512];
    const auto size = ::recv(socket_, text, sizeof text, 0);
    return size < 0 ? "" : std::string(text, static_cast<std::size_t>(size));
  }

 private:
  temporary_folder folder_;
  int socket_;
};

}  // namespace

TEST_CASE("without NOTIFY_SOCKET nobody is told anything") {
  ::unsetenv("NOTIFY_SOCKET");
  CHECK_FALSE(has_service_manager());
  tell_alive("1 member known");
  tell_stopping();
}

TEST_CASE("a service manager hears that the node is ready, alive, and what it does") {
  const fake_service_manager systemd;
  CHECK(has_service_manager());
  tell_alive("1 member known");
  CHECK(systemd.heard() == "READY=1\nWATCHDOG=1\nSTATUS=1 member known");
  CHECK(systemd.heard().empty());
  tell_stopping();
  CHECK(systemd.heard().starts_with("STOPPING=1\n"));
}

TEST_CASE("signs of life come several times within the watchdog's interval") {
  fake_service_manager systemd;
  CHECK(sign_of_life_interval() == defaults::status_text_interval);
  systemd.watch("30000000");
  CHECK(sign_of_life_interval() == 7500ms);
  systemd.watch("30000000", ::getpid() + 1);
  CHECK(sign_of_life_interval() == defaults::status_text_interval);
  systemd.watch("soon");
  CHECK(sign_of_life_interval() == defaults::status_text_interval);
}
