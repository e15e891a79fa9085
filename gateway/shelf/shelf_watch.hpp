#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "config/keys.hpp"
#include "config/parse.hpp"
#include "console/top/snapshot.hpp"

namespace bramble::gateway {

/// The shelf's state, asked for once a second by threads of its own; what only costs something
/// where somebody looks (events, plans, the last request) while somebody does. Goes on trying while
/// no node is there. Any thread.
class shelf_watch {
 public:
  /// `on_shelf` hears of each state that was told, on a thread of the watch.
  shelf_watch(key_info keys, std::vector<endpoint> where,
              std::function<void(const cluster_status&)> on_shelf);
  /// Its threads may wait for a node yet, and go on.
  ~shelf_watch();
  shelf_watch(const shelf_watch&) = delete;
  shelf_watch& operator=(const shelf_watch&) = delete;

  struct seen {
    std::shared_ptr<const top_snapshot> what;  ///< null: no node has answered yet
    std::uint64_t number = 0;                  ///< grows with each
    std::string trouble;                       ///< why it is not of now; empty: it is
  };

  /// As it is known. Looking at it makes no difference.
  seen now() const;
  /// Whether a node answered within defaults::gateway_state_age_most, and can be asked for work.
  bool is_ready() const;

  /// As it is looked at: waits a moment for what was not asked for while nobody looked.
  seen look();
  /// Another one than this, or the same after so long.
  seen await_other_than(std::uint64_t number, std::chrono::milliseconds limit);

 private:
  struct shared;
  std::shared_ptr<shared> shared_;
};

}  // namespace bramble::gateway
