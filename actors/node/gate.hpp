#pragma once

#include <mutex>

namespace bramble {

/// Lets the threads of the data plane and the front through to the actors while they exist.
class gate {
 public:
  template <class Function>
  bool pass(Function&& f) {
    const std::lock_guard lock{mutex_};
    if (open_) f();
    return open_;
  }
  void open() {
    const std::lock_guard lock{mutex_};
    open_ = true;
  }
  void close() {
    const std::lock_guard lock{mutex_};
    open_ = false;
  }

 private:
  std::mutex mutex_;
  bool open_ = false;
};

}  // namespace bramble
