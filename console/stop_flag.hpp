#pragma once

#include <atomic>
#include <chrono>

namespace bramble {

/// Somebody wants this to stop: seen by threads that work, and by those that wait for a file, since
/// its descriptor becomes readable.
class stop_flag {
 public:
  stop_flag();
  ~stop_flag();
  stop_flag(const stop_flag&) = delete;
  stop_flag& operator=(const stop_flag&) = delete;

  /// Any thread, and handlers of signals.
  void raise();
  bool raised() const { return raised_; }
  int descriptor() const { return fd_; }

  /// Returns when it is raised (true) or after so long.
  bool wait_for(std::chrono::milliseconds limit) const;
  /// Until `fd` can be read (true) or the flag is raised.
  bool wait_for_file(int fd) const;

 private:
  int fd_;
  std::atomic<bool> raised_ = false;
};

/// While it lives, the first Ctrl-C (or SIGTERM) raises a flag; the second ends the program at
/// once. One at a time.
class stop_on_signals {
 public:
  explicit stop_on_signals(stop_flag& flag);
  ~stop_on_signals();
  stop_on_signals(const stop_on_signals&) = delete;
  stop_on_signals& operator=(const stop_on_signals&) = delete;

  /// Which one came; 0: none.
  int signal() const;
};

}  // namespace bramble
