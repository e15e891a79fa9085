// The life of links, on the data plane's own thread.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <asio/post.hpp>
#include <chrono>
#include <utility>

#include "actors/data_plane/core.hpp"

namespace bramble {

using transport::connection;
using transport::link_state;

data_plane::core::connection_ptr data_plane::core::make_connection() {
  return std::make_shared<connection>(io_, tls_, settings_, *this);
}

void data_plane::core::accept_next() {
  acceptor_.async_accept([this](asio::error_code error, tcp::socket socket) {
    if (stopping_) return;
    if (error) {
      spdlog::info("data plane: cannot accept a connection: {}", error.message());
      accept_timer_.expires_after(defaults::accept_retry);
      accept_timer_.async_wait([this](asio::error_code stopped) {
        if (!stopped) accept_next();
      });
      return;
    }
    make_room();
    unauthenticated_.push_back(make_connection());
    // A copy: the list forgets it as soon as it is authenticated or closed.
    const auto fresh = unauthenticated_.back();
    fresh->accept(std::move(socket));
    accept_next();
  });
}

void data_plane::core::make_room() {
  while (unauthenticated_.size() >= config_.unauthenticated_limit) {
    unauthenticated_.front()->close("made room for newer connections");
  }
}

void data_plane::core::tick() {
  if (stopping_) return;
  std::vector<peer_ptr> peers;
  {
    const std::lock_guard lock{mutex_};
    for (const auto& [name, each] : peers_) peers.push_back(each);
  }
  const auto now = std::chrono::steady_clock::now();
  for (const auto& each : peers) {
    if (each->link) each->link->check_silence(now);
    const std::lock_guard lock{mutex_};
    if (each->state != link_state::up) continue;
    push_ping(*each, 0);
    kick(each);
  }
  ticker_.expires_after(config_.ping_interval);
  ticker_.async_wait([this](asio::error_code stopped) {
    if (!stopped) tick();
  });
}

void data_plane::core::begin(const peer_ptr& to, bool moved) {
  if (to->removed || stopping_) return;
  if (to->dials) {
    if (moved && to->link) to->link->close("has a new address");
    to->backoff = config_.backoff_first;
    return dial(to);
  }
  if (to->link) return;
  if (const auto link = parked_.extract(to->name); !link.empty()) return adopt(to, link.mapped());
  if (!moved) wait_to_be_dialled(to);
}

void data_plane::core::dial(const peer_ptr& to) {
  if (to->removed || stopping_ || to->link || to->resolving) return;
  to->timer.cancel();
  to->resolving = true;
  std::string host;
  std::uint16_t port = 0;
  {
    const std::lock_guard lock{mutex_};
    host = to->host;
    port = to->port;
  }
  resolver_.resolve(host, port, [=, this](std::vector<tcp::endpoint> places, const auto& error) {
    to->resolving = false;
    if (to->removed || stopping_) return;
    {
      const std::lock_guard lock{mutex_};
      if (to->host != host || to->port != port) places.clear();
    }
    if (places.empty() && error.empty()) return dial(to);  // it moved while we asked
    if (places.empty()) return take_down(to, host + " cannot be found: " + error, {});
    // A name may have an address that never answers, and one attempt's time goes to the first.
    std::rotate(places.begin(),
                places.begin() + static_cast<std::ptrdiff_t>(to->attempts % places.size()),
                places.end());
    to->link = make_connection();
    to->link->dial(std::move(places), to->name);
  });
}

void data_plane::core::dial_later(const peer_ptr& to) {
  to->timer.expires_after(to->backoff);
  to->backoff = std::min(2 * to->backoff, config_.backoff_last);
  to->timer.async_wait([this, to](asio::error_code stopped) {
    if (!stopped) dial(to);
  });
}

void data_plane::core::wait_to_be_dialled(const peer_ptr& to) {
  to->timer.expires_after(config_.connect_timeout);
  to->timer.async_wait([this, to](asio::error_code stopped) {
    if (stopped || to->removed || stopping_) return;
    {
      const std::lock_guard lock{mutex_};
      if (to->state != link_state::waiting) return;
    }
    take_down(to, "did not connect to this node yet", {});
  });
}

void data_plane::core::authenticated(const connection_ptr& from, const std::string& name) {
  unauthenticated_.remove(from);
  if (name == config_.name) return from->close("has the name of this node, " + name);
  if (config_.name < name) return from->close("should wait for this node to dial");
  peer_ptr by;
  {
    const std::lock_guard lock{mutex_};
    by = find(name);
  }
  if (by) return adopt(by, from);
  // It may know of us before we hear of it. It waits for our hello until its deadline.
  auto& place = parked_[name];
  if (const auto older = std::exchange(place, from))
    older->close("was replaced by a newer connection");
}

void data_plane::core::adopt(const peer_ptr& by, const connection_ptr& link) {
  if (by->link) by->link->close("was replaced by a newer connection");
  by->link = link;
  link->adopt();
}

void data_plane::core::up(const connection_ptr& from) {
  const auto which = owner_of(*from);
  if (!which) return;  // removed a moment ago
  which->up_since = std::chrono::steady_clock::now();
  which->attempts = 0;
  which->timer.cancel();
  spdlog::info("data plane: link to {} at {} is up", which->name, from->remote());
  {
    const std::lock_guard lock{mutex_};
    which->state = link_state::up;
    ++which->counts.connections;
    push_ping(*which, 0);
  }
  if (rate_limit_mbit_ > 0) from->limit_rate(rate_limit_mbit_);
  handlers_.on_link(which->name, link_event::up, from->remote());
}

void data_plane::core::limit_rate(double mbit) {
  asio::post(io_, [this, mbit] {
    rate_limit_mbit_ = mbit;
    const std::lock_guard lock{mutex_};
    for (const auto& [name, each] : peers_)
      if (each->link) each->link->limit_rate(mbit);
  });
}

void data_plane::core::closed(const connection_ptr& from, const std::string& reason,
                              std::vector<outgoing_frame>&& unsent) {
  unauthenticated_.remove(from);
  if (const auto at = parked_.find(from->name()); at != parked_.end() && at->second == from) {
    parked_.erase(at);
  }
  const auto which = owner_of(*from);
  if (!which) {
    spdlog::debug("data plane: {} {} {}", from->remote(), from->name(), reason);
    report_lost(unsent);
    return;
  }
  which->link = nullptr;
  bool was_up = false;
  {
    const std::lock_guard lock{mutex_};
    was_up = which->state == link_state::up;
    for (const auto& each : unsent) which->waiting.release(each.header);
  }
  const auto sentence = which->name + " at " + from->remote() + " " + reason;
  // One that dials us may fail and try again while we are still waiting.
  if (was_up || which->dials) return take_down(which, sentence, std::move(unsent));
  spdlog::debug("data plane: {}", sentence);
}

void data_plane::core::take_down(const peer_ptr& which, const std::string& reason,
                                 std::vector<outgoing_frame>&& unsent) {
  auto before = link_state::down;
  {
    const std::lock_guard lock{mutex_};
    before = std::exchange(which->state, link_state::down);
    for (auto& each : which->waiting.clear()) unsent.push_back(std::move(each));
  }
  const bool news = before != link_state::down;
  spdlog::log(news ? spdlog::level::info : spdlog::level::debug, "data plane: {}", reason);
  const auto now = std::chrono::steady_clock::now();
  // A link that breaks as soon as it is up (two nodes of one name fighting for it) is no success.
  if (before == link_state::up && now - which->up_since >= config_.backoff_last) {
    which->backoff = config_.backoff_first;
  }
  ++which->attempts;
  report_lost(unsent);
  if (news) handlers_.on_link(which->name, link_event::down, reason);
  if (which->dials) dial_later(which);
}

}  // namespace bramble
