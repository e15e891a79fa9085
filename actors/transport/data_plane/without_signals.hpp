#pragma once

#include <pthread.h>

#include <csignal>

namespace bramble::transport {

/// Threads started meanwhile get no signal: the program's belong to its main thread, and OpenSSL
/// writes to sockets without MSG_NOSIGNAL, so that a broken link would raise SIGPIPE.
class without_signals {
 public:
  without_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  without_signals(const without_signals&) = delete;
  without_signals& operator=(const without_signals&) = delete;
  ~without_signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace bramble::transport
