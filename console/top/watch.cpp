#include <condition_variable>
#include <thread>

#include "config/defaults_top.hpp"
#include "console/top/source.hpp"

namespace bramble {

struct top_watch::shared {
  explicit shared(std::shared_ptr<top_source> from) : source{std::move(from)} {}

  const std::shared_ptr<top_source> source;
  std::mutex mutex;  ///< of what follows
  std::condition_variable changed;
  bool ending = false;
  bool page_changed = false;
  std::size_t threads = 0;

  /// A thread that outlives the watch if it has to.
  static void run(const std::shared_ptr<shared>& mine, std::function<void(shared&)> what) {
    {
      const std::lock_guard lock{mine->mutex};
      ++mine->threads;
    }
    std::thread{[mine, what = std::move(what)] {
      what(*mine);
      const std::lock_guard lock{mine->mutex};
      --mine->threads;
      mine->changed.notify_all();
    }}.detach();
  }

  /// Until the next second or, where the page matters, another page. False: it is over.
  bool wait(bool for_page) {
    std::unique_lock lock{mutex};
    changed.wait_for(lock, defaults::top_interval,
                     [&] { return ending || (for_page && page_changed); });
    if (for_page) page_changed = false;
    return !ending;
  }
};

top_watch::top_watch(std::shared_ptr<top_source> source)
    : shared_{std::make_shared<shared>(std::move(source))} {
  shared::run(shared_, [](shared& mine) {
    do mine.source->ask_shelf();
    while (mine.wait(false));
  });
  shared::run(shared_, [](shared& mine) {
    do mine.source->ask_members();
    while (mine.wait(true));
  });
}

top_watch::~top_watch() {
  end(std::chrono::milliseconds{0});
}

void top_watch::show(top_page page) {
  shared_->source->show(page);
  const std::lock_guard lock{shared_->mutex};
  shared_->page_changed = true;
  shared_->changed.notify_all();
}

void top_watch::carry_out(const top_action& what) {
  shared::run(shared_, [what](shared& mine) { mine.source->carry_out(what); });
}

bool top_watch::end(std::chrono::milliseconds limit) {
  std::unique_lock lock{shared_->mutex};
  shared_->ending = true;
  shared_->changed.notify_all();
  return shared_->changed.wait_for(lock, limit, [&] { return shared_->threads == 0; });
}

}  // namespace bramble
