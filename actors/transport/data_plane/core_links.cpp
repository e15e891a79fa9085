// The life of links, on the data plane's own thread.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <asio/post.hpp>
#include <chrono>
#include <utility>

#include "actors/transport/data_plane/cipher_choice.hpp"
#include "actors/transport/data_plane/core.hpp"
#include "actors/transport/data_plane/tls.hpp"

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
    consider_move(each, now);
    const std::lock_guard lock{mutex_};
    if (each->state != link_state::up) continue;
    push_ping(*each, false);
    kick(each);
  }
  ticker_.expires_after(config_.ping_interval);
  ticker_.async_wait([this](asio::error_code stopped) {
    if (!stopped) tick();
  });
}

void data_plane::core::begin(const peer_ptr& to, bool moved) {
  if (to->removed || stopping_) return;
  if (moved && to->link && to->link->is_seeking())
    std::exchange(to->link, nullptr)->close("is dialled at new addresses");  // no news for anybody
  if (moved && to->link && is_elsewhere(to)) to->link->close("has a new address");
  if (to->link || adopt_parked(to)) return;
  if (to->dials) {
    to->backoff = config_.backoff_first;
    return dial(to);
  }
  dial_later(to);
  if (!moved) wait_to_be_dialled(to);
}

/// Whether this side dialled an address that is none of the peer's any more. What the peer dialled
/// itself breaks by itself.
bool data_plane::core::is_elsewhere(const peer_ptr& to) {
  if (!to->link->is_dialled()) return false;
  const std::lock_guard lock{mutex_};
  if (to->link->place().port() != to->port) return true;
  return std::none_of(to->hosts.begin(), to->hosts.end(), [&](const std::string& host) {
    asio::error_code a_name;
    const auto address = asio::ip::make_address(host, a_name);
    return a_name || address == to->link->place().address();
  });
}

/// A connection that the peer made, and that was not needed then.
bool data_plane::core::adopt_parked(const peer_ptr& by) {
  const auto link = parked_.extract(by->name);
  if (link.empty()) return false;
  adopt(by, link.mapped());
  return true;
}

void data_plane::core::dial(const peer_ptr& to) {
  if (to->removed || stopping_ || to->link || to->resolving) return;
  to->timer.cancel();
  std::vector<std::string> hosts;
  std::uint16_t port = 0;
  {
    const std::lock_guard lock{mutex_};
    hosts = to->paths.in_order(to->hosts);
    port = to->port;
  }
  if (hosts.size() != 1) {  // of a member: addresses, no names
    std::vector<tcp::endpoint> places;
    for (const auto& each : hosts) {
      asio::error_code unusable;  // a card that is gone by now
      const auto address = asio::ip::make_address(each, unusable);
      if (!unusable) places.emplace_back(address, port);
    }
    return dial_at(to, std::move(places));
  }
  to->resolving = true;
  resolver_.resolve(hosts[0], port,
                    [=, this](std::vector<tcp::endpoint> places, const auto& error) {
                      to->resolving = false;
                      if (to->removed || stopping_ || to->link) return;
                      bool moved = false;
                      {
                        const std::lock_guard lock{mutex_};
                        moved = to->hosts != hosts || to->port != port;  // one has no order
                      }
                      if (moved) return dial(to);
                      if (places.empty())
                        return take_down(to, hosts[0] + " cannot be found: " + error, {});
                      dial_at(to, std::move(places));
                    });
}

void data_plane::core::dial_at(const peer_ptr& to, std::vector<tcp::endpoint> places) {
  if (places.empty()) {
    const auto why = "no address of " + to->name + " is known, so that it has to connect to us";
    if (to->dials) return take_down(to, why, {});
    note_trouble(to, why);
    return dial_later(to);
  }
  // What answered last time may have been another node's.
  std::rotate(places.begin(),
              places.begin() + static_cast<std::ptrdiff_t>(to->attempts % places.size()),
              places.end());
  to->link = make_connection();
  to->link->dial(std::move(places), to->name);
}

void data_plane::core::dial_later(const peer_ptr& to) {
  to->timer.expires_after(to->dials ? to->backoff : config_.dial_courtesy);
  to->backoff = std::min(2 * to->backoff, config_.backoff_last);
  to->timer.async_wait([this, to](asio::error_code stopped) {
    if (!stopped) dial(to);
  });
}

void data_plane::core::wait_to_be_dialled(const peer_ptr& to) {
  to->patience.expires_after(config_.connect_timeout);
  to->patience.async_wait([this, to](asio::error_code stopped) {
    if (stopped || to->removed || stopping_) return;
    std::string why = "did not connect to this node yet";
    {
      const std::lock_guard lock{mutex_};
      if (to->state != link_state::waiting) return;
      if (!to->trouble.empty()) why = to->trouble;
    }
    take_down(to, why, {});
  });
}

void data_plane::core::note_trouble(const peer_ptr& with, const std::string& why) {
  const std::lock_guard lock{mutex_};
  with->trouble = why;
}

void data_plane::core::authenticated(const connection_ptr& from, const std::string& name) {
  unauthenticated_.remove(from);
  if (name == config_.name) return from->close("has the name of this node, " + name);
  peer_ptr by;
  {
    const std::lock_guard lock{mutex_};
    by = find(name);
  }
  // Both may dial at once. The connection of the smaller name goes first: that side keeps its own
  // once the other has answered, and the other one gives way. So both decide alike.
  const bool wanted = by && (!by->dials || !by->link || by->link->is_seeking());
  if (wanted) return adopt(by, from);
  // Not needed now, or it knows of us before we hear of it. It waits for our hello until its
  // deadline.
  auto& place = parked_[name];
  if (const auto older = std::exchange(place, from))
    older->close("was replaced by a newer connection");
}

void data_plane::core::adopt(const peer_ptr& by, const connection_ptr& link) {
  constexpr const char* replaced = "was replaced by a newer connection";
  if (by->link && by->link->is_up()) {  // what becomes of that one, the new one's hello says
    if (const auto older = std::exchange(by->candidate, link)) older->close(replaced);
    return link->adopt();
  }
  if (const auto older = std::exchange(by->link, nullptr)) older->close(replaced);
  by->timer.cancel();
  by->link = link;
  link->adopt();
}

void data_plane::core::up(const connection_ptr& from) {
  if (const auto moved = candidate_of(*from); moved && take_over(moved)) return;
  const auto which = owner_of(*from);
  if (!which) return;  // removed a moment ago
  which->paths.over(from->place().address().to_string(), std::chrono::steady_clock::now());
  which->up_since = std::chrono::steady_clock::now();
  which->attempts = 0;
  which->timer.cancel();
  which->patience.cancel();
  spdlog::info("data plane: link to {} at {} is up, {}", which->name, from->remote(),
               from->cipher());
  {
    const std::lock_guard lock{mutex_};
    which->state = link_state::up;
    which->trouble.clear();
    ++which->counts.connections;
    push_ping(*which, false);
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

asio::ssl::context data_plane::core::load_keys() const {
  return transport::make_tls_context({config_.ca_file, config_.certificate_file, config_.key_file},
                                     transport::cipher_suites(transport::own_cipher_speeds()),
                                     config_.revoked);
}

void data_plane::core::reload_keys() {
  asio::post(io_, [this] {
    try {
      // Connections that exist hold on to what they were made with.
      if (!stopping_) tls_ = load_keys();
    } catch (const std::exception& e) {
      spdlog::warn("data plane: the new certificate cannot be used: {}", e.what());
    }
  });
}

void data_plane::core::drop_revoked() {
  asio::post(io_, [this] {
    if (stopping_ || !config_.revoked) return;
    std::vector<connection_ptr> links;
    for (const auto& [name, each] : parked_) links.push_back(each);
    {
      const std::lock_guard lock{mutex_};
      for (const auto& [name, each] : peers_)
        if (each->link) links.push_back(each->link);
    }
    for (const auto& each : links)
      if (each->is_revoked(*config_.revoked)) each->close("has a certificate that was revoked");
  });
}

/// Somebody without a certificate of this cluster: a line once in a while for each address.
bool data_plane::core::is_news_of(const connection& stranger) {
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(strangers_,
                [&](const auto& each) { return now - each.second >= defaults::stranger_pause; });
  if (strangers_.size() >= defaults::strangers_most) return false;
  return strangers_.emplace(stranger.place().address().to_string(), now).second;
}

void data_plane::core::closed(const connection_ptr& from, const std::string& reason,
                              std::vector<outgoing_frame>&& unsent) {
  unauthenticated_.remove(from);
  if (const auto at = parked_.find(from->name()); at != parked_.end() && at->second == from) {
    parked_.erase(at);
  }
  if (const auto moved = candidate_of(*from)) {
    moved->candidate = nullptr;
    spdlog::debug("data plane: {} at {} {}", moved->name, from->remote(), reason);
    if (moved->link) moved->link->kick();  // what waited meanwhile
    return report_lost(unsent);
  }
  const auto which = owner_of(*from);
  if (!which) {
    if (retired_) {
      const std::lock_guard lock{mutex_};
      for (const auto& each : unsent) retired_->waiting.release(each.header);
    }
    const bool stranger = !from->is_dialled() && from->name().empty();
    spdlog::log(stranger && is_news_of(*from) ? spdlog::level::warn : spdlog::level::debug,
                "data plane: {} {} {}", from->remote(), from->name(), reason);
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
  if (was_up || which->dials) return take_down(which, sentence, std::move(unsent));
  // It may still dial us: only the end of that wait, or an attempt after it, is news.
  spdlog::debug("data plane: {}", sentence);
  if (from->is_dialled()) note_trouble(which, sentence);
  ++which->attempts;
  dial_later(which);
}

void data_plane::core::take_down(const peer_ptr& which, const std::string& reason,
                                 std::vector<outgoing_frame>&& unsent) {
  auto before = link_state::down;
  {
    const std::lock_guard lock{mutex_};
    before = std::exchange(which->state, link_state::down);
    if (before == link_state::up) which->missing_since = std::chrono::steady_clock::now();
    which->trouble = reason;
    for (auto& each : which->waiting.clear()) unsent.push_back(std::move(each));
    which->data_waiting = 0;
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
  if (!adopt_parked(which)) dial_later(which);
}

}  // namespace bramble
