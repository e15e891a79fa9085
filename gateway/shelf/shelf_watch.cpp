#include "gateway/shelf/shelf_watch.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "config/base/error.hpp"
#include "config/defaults_gateway.hpp"
#include "console/top/source.hpp"

namespace bramble::gateway {

using clock = std::chrono::steady_clock;

struct shelf_watch::shared {
  shared(key_info with, std::vector<endpoint> places,
         std::function<void(const cluster_status&)> teller)
      : keys{std::move(with)}, where{std::move(places)}, on_shelf{std::move(teller)} {}

  const key_info keys;
  const std::vector<endpoint> where;
  const std::function<void(const cluster_status&)> on_shelf;

  mutable std::mutex mutex;  ///< of what follows
  std::condition_variable changed;
  std::shared_ptr<top_source> source;
  seen known;
  clock::time_point heard = {};          ///< when a node told its state last
  clock::time_point looked = {};         ///< when somebody looked last
  clock::time_point members_asked = {};  ///< when a round of them ended last
  bool ending = false;

  void publish(const std::shared_ptr<top_source>& from, bool told) {
    auto what = from->now();
    const auto shelf = what->shelf;
    const bool is_of_now = what->trouble.empty();
    {
      const std::lock_guard lock{mutex};
      known.trouble = what->trouble;
      known.what = std::move(what);
      ++known.number;
      if (told && is_of_now) heard = clock::now();
      changed.notify_all();
    }
    if (told && is_of_now && on_shelf) on_shelf(shelf);
  }

  void ask_shelf() {
    auto from = [this] {
      const std::lock_guard lock{mutex};
      return source;
    }();
    try {
      if (from) {
        from->ask_shelf();
      } else {
        from = std::make_shared<top_source>(keys, where);
        const std::lock_guard lock{mutex};
        source = from;
      }
      publish(from, true);
    } catch (const std::exception& e) {
      const std::lock_guard lock{mutex};
      known.trouble = e.what();
      ++known.number;
      changed.notify_all();
    }
  }

  /// Until the next second; false: it is over.
  bool pause() {
    std::unique_lock lock{mutex};
    changed.wait_for(lock, defaults::gateway_watch_interval, [&] { return ending; });
    return !ending;
  }

  /// Until somebody looks, and a second since the last round has gone; null: it is over.
  std::shared_ptr<top_source> await_attention() {
    std::unique_lock lock{mutex};
    changed.wait_for(lock, defaults::gateway_watch_interval, [&] {
      return ending || (source && members_asked < looked - defaults::gateway_state_age_most);
    });
    changed.wait(lock, [&] {
      return ending || (source && clock::now() < looked + defaults::gateway_attention);
    });
    return ending ? nullptr : source;
  }

  void ask_members(const std::shared_ptr<top_source>& from) {
    from->ask_members();
    publish(from, false);
    const std::lock_guard lock{mutex};
    members_asked = clock::now();
    changed.notify_all();
  }
};

shelf_watch::shelf_watch(key_info keys, std::vector<endpoint> where,
                         std::function<void(const cluster_status&)> on_shelf)
    : shared_{std::make_shared<shared>(std::move(keys), std::move(where), std::move(on_shelf))} {
  std::thread{[mine = shared_] {
    do mine->ask_shelf();
    while (mine->pause());
  }}.detach();
  std::thread{[mine = shared_] {
    while (const auto from = mine->await_attention()) mine->ask_members(from);
  }}.detach();
}

shelf_watch::~shelf_watch() {
  const std::lock_guard lock{shared_->mutex};
  shared_->ending = true;
  shared_->changed.notify_all();
}

shelf_watch::seen shelf_watch::now() const {
  const std::lock_guard lock{shared_->mutex};
  return shared_->known;
}

bool shelf_watch::is_ready() const {
  const std::lock_guard lock{shared_->mutex};
  if (!shared_->known.what || clock::now() > shared_->heard + defaults::gateway_state_age_most)
    return false;
  for (const auto& node : shared_->known.what->shelf.nodes)
    if (node.state == "alive" && node.report.ready) return true;
  return false;
}

shelf_watch::seen shelf_watch::look() {
  std::unique_lock lock{shared_->mutex};
  shared_->looked = clock::now();
  shared_->changed.notify_all();
  const auto fresh = shared_->looked - defaults::gateway_state_age_most;
  shared_->changed.wait_for(lock, defaults::gateway_look_patience,
                            [&] { return !shared_->source || shared_->members_asked >= fresh; });
  return shared_->known;
}

shelf_watch::seen shelf_watch::await_other_than(std::uint64_t number,
                                                std::chrono::milliseconds limit) {
  std::unique_lock lock{shared_->mutex};
  shared_->looked = clock::now();
  shared_->changed.wait_for(lock, limit, [&] { return shared_->known.number != number; });
  return shared_->known;
}

}  // namespace bramble::gateway
