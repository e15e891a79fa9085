#include "discovery/mdns/avahi.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "config/defaults_mdns.hpp"
#include "discovery/mdns/avahi_teller.hpp"
#include "discovery/mdns/avahi_watcher.hpp"
#include "discovery/quiet_thread.hpp"

namespace bramble {

using steady = std::chrono::steady_clock;

/// The thread holds it as well: where a frozen daemon holds that up, it outlives the object.
class avahi::core {
 public:
  explicit core(changed then) : then_{std::move(then)}, poll_{::avahi_simple_poll_new()} {
    if (!poll_) throw std::bad_alloc{};
  }

  void tell(const mdns_announcement& what) {
    {
      const std::lock_guard lock{mutex_};
      wanted_ = what;
    }
    ::avahi_simple_poll_wakeup(poll_.get());
  }

  /// `then` is not called any more.
  void stop() {
    {
      const std::lock_guard calling{call_mutex_};
      const std::lock_guard lock{mutex_};
      is_stopping_ = true;
    }
    ::avahi_simple_poll_wakeup(poll_.get());
  }

  bool ends_within(std::chrono::milliseconds time) {
    std::unique_lock lock{mutex_};
    return ended_.wait_for(lock, time, [this] { return has_ended_; });
  }

  void run() {
    while (!is_stopping()) {
      if (!client_ && steady::now() >= connect_at_) connect();
      if (client_) attend();
      report();
      if (::avahi_simple_poll_iterate(poll_.get(), patience()) == 0) continue;
      view_ = {mdns_view::daemon_t::absent, "waiting for it failed", false, {}};
      report();
      break;
    }
    leave();
    const std::lock_guard lock{mutex_};
    has_ended_ = true;
    ended_.notify_all();
  }

 private:
  bool is_stopping() {
    const std::lock_guard lock{mutex_};
    return is_stopping_;
  }

  std::optional<mdns_announcement> wanted() {
    const std::lock_guard lock{mutex_};
    return wanted_;
  }

  void connect() {
    int error = AVAHI_OK;
    // A daemon that is not there is waited for by the library. What it says is looked at below.
    client_.reset(::avahi_client_new(
        ::avahi_simple_poll_get(poll_.get()), AVAHI_CLIENT_NO_FAIL,
        [](AvahiClient*, AvahiClientState, void*) {}, nullptr, &error));
    if (client_) return;
    connect_at_ = steady::now() + defaults::mdns_connect_again;
    view_ = {mdns_view::daemon_t::absent, ::avahi_strerror(error), false, {}};
  }

  void attend() {
    switch (::avahi_client_get_state(client_.get())) {
      case AVAHI_CLIENT_FAILURE:
        return start_again(::avahi_client_errno(client_.get()));
      case AVAHI_CLIENT_CONNECTING:
        view_ = {mdns_view::daemon_t::absent, "the Avahi daemon does not run", false, {}};
        return;
      case AVAHI_CLIENT_S_RUNNING:
        return work();
      default:
        // The machine's own name changes; until that is settled nothing can be told of it.
        teller_.take_back();
        look();
    }
  }

  void work() {
    watcher_.watch(client_.get());
    if (watcher_.has_failed()) return start_again(::avahi_client_errno(client_.get()));
    if (const auto what = wanted()) teller_.tell(client_.get(), *what);
    look();
  }

  void look() {
    ask_at_ = watcher_.ask_again(steady::now());
    view_ = {mdns_view::daemon_t::present, teller_.trouble(), teller_.is_published(),
             watcher_.seen()};
  }

  void start_again(int error) {
    leave();
    // The next client waits for a daemon that is gone; anything else may last.
    connect_at_ = steady::now();
    if (error != AVAHI_ERR_DISCONNECTED) connect_at_ += defaults::mdns_connect_again;
    view_ = {mdns_view::daemon_t::absent, ::avahi_strerror(error), false, {}};
  }

  void leave() {
    teller_.take_back();
    watcher_.stop();
    client_.reset();
    ask_at_.reset();
  }

  /// Until there is something to do unasked, in milliseconds; -1: nothing.
  int patience() const {
    const auto next = client_ ? ask_at_ : std::optional{connect_at_};
    const bool collided = client_ && teller_.has_collided();
    if (!next && !collided) return -1;
    if (collided) return 0;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - steady::now());
    return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
  }

  void report() {
    if (view_ == reported_) return;
    reported_ = view_;
    const std::lock_guard calling{call_mutex_};
    if (!is_stopping()) then_(view_);
  }

  const changed then_;
  std::mutex call_mutex_;  ///< held while `then_` is called
  std::mutex mutex_;       ///< of the next four
  std::condition_variable ended_;
  std::optional<mdns_announcement> wanted_;
  bool is_stopping_ = false;
  bool has_ended_ = false;

  // Of the thread; in this order, since what follows is freed first.
  const avahi_poll poll_;
  avahi_client client_;
  avahi_teller teller_;
  avahi_watcher watcher_;
  steady::time_point connect_at_;
  std::optional<steady::time_point> ask_at_;
  mdns_view view_;
  mdns_view reported_;
};

avahi::avahi(changed then)
    : core_{std::make_shared<core>(std::move(then))},
      thread_{start_quiet_thread("avahi", [core = core_] { core->run(); })} {}

avahi::~avahi() {
  core_->stop();
  if (core_->ends_within(defaults::mdns_farewell))
    thread_.join();
  else
    thread_.detach();
}

void avahi::tell(const mdns_announcement& what) {
  core_->tell(what);
}

std::unique_ptr<mdns> make_avahi(mdns::changed then) {
  return std::make_unique<avahi>(std::move(then));
}

mdns_view listen_to_mdns(std::chrono::milliseconds at_most,
                         const std::function<bool(const mdns_view&)>& enough) {
  struct {
    std::mutex mutex;
    std::condition_variable news;
    mdns_view last;
    bool is_enough = false;
  } box;
  const avahi listening{[&](const mdns_view& view) {
    const std::lock_guard lock{box.mutex};
    box.last = view;
    box.is_enough = box.is_enough || enough(view);
    box.news.notify_all();
  }};
  std::unique_lock lock{box.mutex};
  box.news.wait_for(lock, at_most, [&] { return box.is_enough; });
  return box.last;
}

mdns_facts hear_of(const mdns_notice& self, const std::vector<std::string>& peers) {
  const auto is_told = [&](const mdns_view& view) {
    if (view.daemon == mdns_view::daemon_t::absent) return true;
    const auto facts = facts_of(view, self);
    return facts.is_self_seen && std::ranges::all_of(peers, [&](const std::string& name) {
             return std::ranges::any_of(
                 facts.peers, [&](const sighting& each) { return each.what.node == name; });
           });
  };
  return facts_of(listen_to_mdns(defaults::doctor_listen_for, is_told), self);
}

}  // namespace bramble
