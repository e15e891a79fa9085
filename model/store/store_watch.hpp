#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "model/store/store_events.hpp"
#include "model/store/store_listing.hpp"

namespace bramble {

/// Knows what is in a store, so that nobody has to read a disk to tell: on a slow card a look takes
/// seconds, and who must answer a peer has none. A thread of its own looks at the start and after
/// each change, this process's or another's: the kernel tells of them, and where it does not, a
/// glance at the folders' times now and then does. Looks are at least as far apart as they take, so
/// that they never have more than half of the disk.
class store_watch {
 public:
  /// `looked` is called on that thread after each look; it must not block.
  explicit store_watch(model_store store, std::function<void(const store_listing_ptr&)> looked);
  store_watch(const store_watch&) = delete;
  store_watch& operator=(const store_watch&) = delete;
  /// Ends a look that is under way at the next file. `looked` is not called any more afterwards.
  ~store_watch();

  // Any thread may call these; none of them reads a disk or waits for one.

  /// What the last look found: nothing before the first. Never null.
  store_listing_ptr last() const;
  /// The same when nothing has changed since; null when something did, or may have unheard. A
  /// change that another process made, and told us of, is never missed.
  store_listing_ptr current() const;
  /// For who changed something and does not rely on the kernel's telling.
  void look_again();

 private:
  void run(const std::stop_token& stop);
  bool look(const std::stop_token& stop);
  bool wait(const std::stop_token& stop);
  bool rest(const std::stop_token& stop, std::chrono::steady_clock::duration time);

  const model_store store_;
  const std::function<void(const store_listing_ptr&)> looked_;
  const int wake_;  // eventfd: look_again, or the end
  store_events events_;

  // Of the thread alone.
  store_stamps stamps_;
  std::chrono::steady_clock::duration took_{};

  mutable std::mutex mutex_;
  std::condition_variable_any ended_;
  store_listing_ptr last_;
  bool hears_all_ = false;  // changes after the last look
  bool outdated_ = true;    // something changed since it began
  std::jthread thread_;     // last: it uses all of the above
};

}  // namespace bramble
