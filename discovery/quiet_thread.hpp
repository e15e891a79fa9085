#pragma once

#include <pthread.h>

#include <csignal>
#include <thread>
#include <utility>

namespace bramble {

/// A thread that is sent none of the program's signals, which belong to its main thread. `name`: at
/// most 15 letters, for people who look.
template <class Work>
std::thread start_quiet_thread(const char* name, Work work) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread out{[name, work = std::move(work)]() mutable {
    pthread_setname_np(pthread_self(), name);
    work();
  }};
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return out;
}

}  // namespace bramble
