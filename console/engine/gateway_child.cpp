#include "console/engine/gateway_child.hpp"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "config/base/error.hpp"
#include "config/defaults_gateway.hpp"

namespace bramble {

gateway_child::gateway_child(std::vector<std::string> arguments)
    : arguments_{std::move(arguments)}, child_{start()}, watcher_{[this] { watch(); }} {}

gateway_child::~gateway_child() {
  {
    const std::lock_guard lock{mutex_};
    ending_ = true;
    if (child_ > 0) ::kill(child_, SIGTERM);
    ending_told_.notify_all();
  }
  watcher_.join();
}

pid_t gateway_child::start() {
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  const auto program = (self.parent_path() / "bramble-gateway").string();
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const auto& each : arguments_) argv.push_back(const_cast<char*>(each.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0)
    throw user_error(std::string{"The gateway cannot be started: "} + std::strerror(errno) + ".");
  if (child > 0) return child;
  // Of a process with threads: only what signal handlers may do as well.
  sigset_t none{};
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() == parent) ::execv(argv[0], argv.data());
  ::_exit(127);
}

void gateway_child::watch() {
  std::unique_lock lock{mutex_};
  while (true) {
    const pid_t child = child_;
    lock.unlock();
    int how = 0;
    while (::waitpid(child, &how, 0) < 0 && errno == EINTR) {
    }
    lock.lock();
    child_ = -1;
    if (ending_) return;
    if (!WIFSIGNALED(how)) {
      spdlog::warn("the gateway ended with {}; `bramble gateway` starts it again",
                   WEXITSTATUS(how));
      return;
    }
    spdlog::warn("the gateway was ended by signal {}; it begins anew", WTERMSIG(how));
    if (ending_told_.wait_for(lock, defaults::gateway_restart_pause, [this] { return ending_; }))
      return;
    child_ = start();
  }
}

}  // namespace bramble
