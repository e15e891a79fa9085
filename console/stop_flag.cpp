#include "console/stop_flag.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <limits>
#include <system_error>

namespace bramble {
namespace {

// A handler is a plain function.
std::atomic<stop_flag*> flag_of_signals = nullptr;
std::atomic<int> first_signal = 0;
static_assert(std::atomic<stop_flag*>::is_always_lock_free && std::atomic<int>::is_always_lock_free,
              "a handler may use nothing else");

void take_signal(int which) {
  int none = 0;
  if (!first_signal.compare_exchange_strong(none, which)) ::_exit(128 + which);
  if (auto* flag = flag_of_signals.load()) flag->raise();
}

void handle_by(int which, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(which, &action, nullptr);
}

}  // namespace

stop_flag::stop_flag() : fd_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

stop_flag::~stop_flag() {
  ::close(fd_);
}

void stop_flag::raise() {
  raised_ = true;
  const auto kept = errno;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
  errno = kept;
}

bool stop_flag::wait_for(std::chrono::milliseconds limit) const {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!raised_) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now())
            .count();
    if (left <= 0) return false;
    pollfd wait{fd_, POLLIN, 0};
    constexpr std::int64_t longest = std::numeric_limits<int>::max();
    ::poll(&wait, 1, static_cast<int>(std::min<std::int64_t>(left, longest)));
  }
  return true;
}

bool stop_flag::wait_for_file(int fd) const {
  while (!raised_) {
    std::array<pollfd, 2> waits{pollfd{fd_, POLLIN, 0}, pollfd{fd, POLLIN, 0}};
    if (::poll(waits.data(), waits.size(), -1) > 0 && waits[1].revents != 0) return !raised_;
  }
  return false;
}

stop_on_signals::stop_on_signals(stop_flag& flag) {
  first_signal = 0;
  flag_of_signals = &flag;
  for (const int which : {SIGINT, SIGTERM}) handle_by(which, take_signal);
}

stop_on_signals::~stop_on_signals() {
  for (const int which : {SIGINT, SIGTERM}) handle_by(which, SIG_DFL);
  flag_of_signals = nullptr;
}

int stop_on_signals::signal() const {
  return first_signal;
}

}  // namespace bramble
