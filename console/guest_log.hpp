#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "actors/transport/join/server.hpp"

namespace bramble {

/// What the server's thread tells, for the thread that prints.
class news_box {
 public:
  void put(const join_news& news);
  std::deque<join_news> take();

 private:
  std::mutex mutex_;
  std::deque<join_news> waiting_;
};

/// Says on standard error what happened at the join port, of refusals only so much that nobody
/// fills a disk with it.
class guest_log {
 public:
  /// True: one more is a node.
  bool tell(const join_news& news);

  std::size_t refusals() const { return refusals_; }

 private:
  void refused(const join_news& news);

  std::map<std::string, std::size_t> told_;
  std::size_t refusals_ = 0;
};

}  // namespace bramble
