// The side of the data plane that callers of any thread see, and its life; core_links.cpp has what
// happens on its own thread.
#include "actors/transport/data_plane/core.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

#include "actors/transport/data_plane/cipher_choice.hpp"
#include "actors/transport/data_plane/link_sizes.hpp"
#include "actors/transport/data_plane/listen.hpp"
#include "actors/transport/data_plane/tls.hpp"
#include "config/base/error.hpp"

namespace bramble {

using transport::link_state;

data_plane::core::core(const data_plane_config& config, data_plane_handlers handlers)
    : config_{config},
      handlers_{std::move(handlers)},
      settings_{config.encrypt, config.frame_limit, config.connect_timeout, config.silence_timeout},
      tls_{load_keys()},
      work_{asio::make_work_guard(io_)},
      acceptor_{io_},
      ticker_{io_},
      accept_timer_{io_},
      resolver_{io_} {
  const auto certified = transport::common_name_of(config_.certificate_file);
  if (certified != config_.name) {
    throw user_error(config_.certificate_file.string() + " is the certificate of the node " +
                     certified + ", not of " + config_.name + "; start the node with that name.");
  }
  acceptor_ = transport::listen_on(io_, config_.bind_address, config_.port, "tensors");
  port_ = acceptor_.local_endpoint().port();
  const auto& speeds = transport::own_cipher_speeds();
  spdlog::info("data plane: prefers {} (AES-128-GCM {:.0f} MB/s here, ChaCha20-Poly1305 {:.0f})",
               transport::prefers_chacha20(speeds) ? "ChaCha20" : "AES", speeds.aes_128_gcm,
               speeds.chacha20_poly1305);
}

void data_plane::core::run() {
  accept_next();
  tick();
  io_.run();
}

void data_plane::core::stop() {
  asio::post(io_, [this] {
    stopping_ = true;
    asio::error_code ignored;  // it is closed either way
    acceptor_.close(ignored);
    ticker_.cancel();
    accept_timer_.cancel();
    while (!unauthenticated_.empty()) unauthenticated_.front()->close("this node stops");
    while (!parked_.empty()) parked_.begin()->second->close("this node stops");
    std::map<std::string, peer_ptr> peers;
    {
      const std::lock_guard lock{mutex_};
      peers.swap(peers_);
    }
    for (const auto& [name, each] : peers) end(each);
    work_.reset();
  });
}

void data_plane::core::add_peer(const std::string& name, const std::vector<std::string>& hosts,
                                std::uint16_t port) {
  if (name == config_.name) {
    throw user_error("This node is called " + name + " itself; give one of the two another name.");
  }
  const std::lock_guard lock{mutex_};
  auto& slot = peers_[name];
  const bool fresh = !slot;
  if (fresh) {
    slot = std::make_shared<transport::peer>(io_, name, config_.name < name, config_);
  } else if (slot->hosts == hosts && slot->port == port) {
    return;
  }
  slot->hosts = hosts;
  slot->port = port;
  asio::post(io_, [this, to = slot, fresh] { begin(to, !fresh); });
}

void data_plane::core::expect_peer(const std::string& name) {
  const std::lock_guard lock{mutex_};
  const auto to = find(name);
  if (!to || to->state != transport::link_state::down) return;
  to->state = transport::link_state::waiting;
  to->missing_since = std::chrono::steady_clock::now();
  asio::post(io_, [this, to] {
    if (!to->dials) {
      begin(to, false);
      if (to->link) wait_to_be_dialled(to);  // a connection that may come to nothing
      return;
    }
    // An attempt under way may wait for a packet that was lost long ago.
    if (const auto stuck = std::exchange(to->link, nullptr)) stuck->close("is dialled anew");
    begin(to, false);
  });
}

void data_plane::core::remove_peer(const std::string& name) {
  const std::lock_guard lock{mutex_};
  const auto node = peers_.extract(name);
  if (node.empty()) return;
  asio::post(io_, [this, which = node.mapped()] { end(which); });
}

void data_plane::core::end(const peer_ptr& which) {
  which->removed = true;
  which->timer.cancel();
  which->patience.cancel();
  if (const auto link = std::exchange(which->candidate, nullptr)) link->close("was removed");
  if (const auto link = std::exchange(which->link, nullptr)) link->close("was removed");
  // Nobody else has this peer any more, so its guarded part needs no lock.
  report_lost(which->waiting.clear());
  if (which->state == link_state::up && !stopping_) {
    handlers_.on_link(which->name, link_event::down, which->name + " was removed");
  }
}

bool data_plane::core::is_crowded_by(const transport::peer& to, std::size_t more) const {
  const auto own = to.waiting.queued_bytes();
  std::uint64_t all = more;
  for (const auto& [name, each] : peers_) all += each->waiting.queued_bytes();
  return own != 0 && all > config_.total_window &&
         own + more > config_.total_window / peers_.size();
}

send_result data_plane::core::send(const std::string& name, outgoing_frame&& out) {
  if (out.header.size > config_.frame_limit) {
    throw user_error("A frame of " + std::to_string(out.header.size) + " bytes for " + name +
                     " exceeds the limit of " + std::to_string(config_.frame_limit) + ".");
  }
  const std::lock_guard lock{mutex_};
  const auto to = find(name);
  if (!to || to->state == link_state::down) return send_result::no_link;
  if (is_crowded_by(*to, out.header.size)) return send_result::full;
  if (!to->waiting.push(std::move(out))) return send_result::full;
  ++to->data_waiting;
  to->last_data = std::chrono::steady_clock::now();
  if (to->state == link_state::up) kick(to);
  return send_result::queued;
}

void data_plane::core::kick(const peer_ptr& which) {
  if (std::exchange(which->kicked, true)) return;
  asio::post(io_, [this, which] {
    {
      const std::lock_guard lock{mutex_};
      which->kicked = false;
    }
    if (which->link) which->link->kick();
  });
}

bool data_plane::core::probe(const std::string& name) {
  static const std::vector<std::uint8_t> block(defaults::probe_bytes_most);
  const std::lock_guard lock{mutex_};
  const auto to = find(name);
  if (!to || to->state != link_state::up) return false;
  outgoing_frame out;
  out.header.kind = frame_kind::probe;
  // One that came between two looks of the reader told nothing; a longer one will.
  const auto samples = to->meter.samples_out();
  to->probe_growth = samples == to->samples_before_probe ? to->probe_growth * 2 : 1;
  to->samples_before_probe = samples;
  out.header.size = std::min(probe_bytes(to->meter.mbit_out()) * to->probe_growth, block.size());
  to->probe_growth = std::min(to->probe_growth, block.size());
  out.data = block.data();
  push_ping(*to, false);
  if (!to->waiting.push(std::move(out))) return false;
  push_ping(*to, true);
  kick(to);
  return true;
}

std::vector<link_stats> data_plane::core::stats() const {
  const std::lock_guard lock{mutex_};
  std::vector<link_stats> all;
  const auto now = std::chrono::steady_clock::now();
  for (const auto& [name, each] : peers_) {
    auto& one = all.emplace_back(each->counts);
    one.peer = name;
    one.up = each->state == link_state::up;
    if (!one.up) {
      one.trouble = each->trouble;
      one.missing_s = std::chrono::duration<double>(now - each->missing_since).count();
    }
    one.bytes_queued = each->waiting.queued_bytes();
    one.mbit_out = each->meter.mbit_out();
    one.mbit_in = each->meter.mbit_in();
    one.samples_out = each->meter.samples_out();
    one.samples_in = each->meter.samples_in();
    one.settled_out = each->meter.settled_out();
    one.rtt_ms = each->meter.round_trip_ms();
  }
  return all;
}

data_plane::core::peer_ptr data_plane::core::find(const std::string& name) const {
  const auto at = peers_.find(name);
  return at == peers_.end() ? nullptr : at->second;
}

void data_plane::core::push_ping(transport::peer& to, bool late) {
  ping_frame ping;
  ping.sent_ns = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                            std::chrono::nanoseconds{1});
  ping.late = late;
  ping.under_load = to.waiting.queued_bytes() != 0;
  to.waiting.push_control(header_of(ping));
}

}  // namespace bramble
