#include "model/store/store_watch.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "config/base/error.hpp"
#include "config/defaults_store.hpp"

namespace bramble {
namespace {

using clock = std::chrono::steady_clock;

int open_eventfd() {
  const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return fd;
}

void signal(int eventfd) {
  const std::uint64_t one = 1;
  while (::write(eventfd, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void reset(int eventfd) {
  std::uint64_t count = 0;
  while (::read(eventfd, &count, sizeof count) < 0 && errno == EINTR) {
  }
}

}  // namespace

store_watch::store_watch(model_store store, std::function<void(const store_listing_ptr&)> looked)
    : store_{std::move(store)},
      looked_{std::move(looked)},
      wake_{open_eventfd()},
      events_{store_.folder()},
      last_{std::make_shared<const store_listing>()} {
  // The program's signals belong to its main thread.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::jthread{[this](const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), "store_watch");
    run(stop);
  }};
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

store_watch::~store_watch() {
  thread_.request_stop();
  signal(wake_);
  thread_.join();
  ::close(wake_);
}

store_listing_ptr store_watch::last() const {
  const std::lock_guard lock{mutex_};
  return last_;
}

store_listing_ptr store_watch::current() const {
  const std::lock_guard lock{mutex_};
  // The thread says so before it takes what is pending: one of the two always shows a change.
  if (outdated_ || !hears_all_ || events_.pending()) return nullptr;
  return last_;
}

void store_watch::look_again() {
  {
    const std::lock_guard lock{mutex_};
    outdated_ = true;
  }
  signal(wake_);
}

void store_watch::run(const std::stop_token& stop) {
  do {
    if (!look(stop)) return;
  } while (wait(stop));
}

/// False when it is time to end.
bool store_watch::look(const std::stop_token& stop) {
  reset(wake_);
  events_.take();
  {
    const std::lock_guard lock{mutex_};
    // What comes from now on is pending, or says so itself.
    outdated_ = false;
    hears_all_ = false;
  }
  const auto began = clock::now();
  const bool hears_all = events_.follow();
  stamps_ = store_stamps::of(store_.folder());
  auto found = std::make_shared<store_listing>();
  try {
    found->models = store_.list(stop);
  } catch (const std::exception& e) {
    found->models = last()->models;
    found->trouble = e.what();
  }
  if (stop.stop_requested()) return false;
  took_ = clock::now() - began;
  {
    const std::lock_guard lock{mutex_};
    last_ = found;
    hears_all_ = hears_all && found->trouble.empty();
  }
  looked_(found);
  return true;
}

/// Until there may be something to see; false when it is time to end.
bool store_watch::wait(const std::stop_token& stop) {
  while (true) {
    std::array<pollfd, 2> waits{pollfd{wake_, POLLIN, 0}, pollfd{events_.descriptor(), POLLIN, 0}};
    const auto patience = hears_all_ ? defaults::store_glance : defaults::store_glance_alone;
    const auto ready = ::poll(waits.data(), waits.size(), static_cast<int>(patience.count()));
    if (stop.stop_requested()) return false;
    if (ready < 0) continue;  // interrupted
    const bool nothing = ready == 0 && last()->trouble.empty();
    if (nothing && store_stamps::of(store_.folder()) == stamps_) continue;
    {
      const std::lock_guard lock{mutex_};
      outdated_ = true;
    }
    return rest(stop, std::max<clock::duration>(defaults::store_settle, took_));
  }
}

/// False when it is time to end before.
bool store_watch::rest(const std::stop_token& stop, clock::duration time) {
  std::unique_lock lock{mutex_};
  ended_.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace bramble
