#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "model/store/shelf_names.hpp"

namespace bramble {

/// What the other nodes of the shelf say they have, for those who look up models. Written by one
/// actor, read by any thread; no question to it waits for anybody.
class peer_models {
 public:
  using list = std::shared_ptr<const std::vector<held_model>>;

  /// Never null; immutable.
  list last() const {
    const std::lock_guard lock{mutex_};
    return last_;
  }

  /// Answers whether that is news.
  bool set(std::vector<held_model> now) {
    const std::lock_guard lock{mutex_};
    if (*last_ == now) return false;
    last_ = std::make_shared<const std::vector<held_model>>(std::move(now));
    return true;
  }

 private:
  mutable std::mutex mutex_;
  list last_ = std::make_shared<const std::vector<held_model>>();
};

}  // namespace bramble
