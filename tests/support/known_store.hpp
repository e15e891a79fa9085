#pragma once

#include <condition_variable>
#include <mutex>

#include "model/store/store_watch.hpp"

namespace bramble::test {

/// A watch over a store, and waiting for it to know.
struct known_store {
  std::mutex mutex;
  std::condition_variable looked;
  store_watch watch;

  explicit known_store(const model_store& store)
      : watch{store, [this](const store_listing_ptr&) {
                const std::lock_guard lock{mutex};
                looked.notify_all();
              }} {}
  bool until_current() {
    std::unique_lock lock{mutex};
    return looked.wait_for(lock, std::chrono::minutes{1},
                           [&] { return watch.current() != nullptr; });
  }
};

}  // namespace bramble::test
