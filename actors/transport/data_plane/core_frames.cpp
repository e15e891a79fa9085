// The way of frames between links and the data plane's user, on the data plane's own thread.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/transport/data_plane/core.hpp"

namespace bramble {

using transport::connection;

namespace {

/// What somebody sent, and not the links for themselves.
bool is_data(frame_kind kind) {
  return kind != frame_kind::ping && kind != frame_kind::pong && kind != frame_kind::probe &&
         kind != frame_kind::contention;
}

}  // namespace

data_plane::core::peer_ptr data_plane::core::owner_of(const connection& link) const {
  const std::lock_guard lock{mutex_};
  auto which = find(link.name());
  if (which && which->link.get() != &link) which = nullptr;
  return which;
}

std::optional<outgoing_frame> data_plane::core::next(connection& from) {
  const auto which = owner_of(from);
  // The other side takes to the candidate as soon as it is greeted, and lets go of this one.
  if (which && which->candidate && which->candidate->is_greeting()) return std::nullopt;
  const std::lock_guard lock{mutex_};
  if (!which || which->waiting.empty()) return std::nullopt;
  return which->waiting.pop();
}

void data_plane::core::sent(connection& from, std::vector<outgoing_frame>&& frames) {
  if (const auto which = owner_of(from)) {
    const std::lock_guard lock{mutex_};
    for (const auto& each : frames) {
      which->waiting.release(each.header);
      if (is_data(each.header.kind)) {
        --which->data_waiting;
        which->last_data = std::chrono::steady_clock::now();
      }
      which->counts.bytes_sent += each.header.size + frame_header_bytes;
      ++which->counts.frames_sent;
    }
  }
  for (auto& each : frames) {
    if (each.done) each.done(true);
  }
}

void data_plane::core::received(connection& from, frame&& got, frame_rates&& rates) {
  const auto which = owner_of(from);
  if (!which) return;  // removed a moment ago
  bool has_news = false;
  {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock{mutex_};
    which->counts.bytes_received += got.header.size + frame_header_bytes;
    ++which->counts.frames_received;
    if (is_data(got.header.kind)) which->last_data = now;
    if (got.header.kind == frame_kind::contention) {
      const auto told = read_contention(got.header);
      which->meter.had_contention({told.others, told.share}, now);
    } else {
      which->meter.received(std::move(rates), now);
    }
    has_news = which->meter.has_news(now);
    if (has_news) push_pong(*which, {.late = true});
  }
  if (has_news) from.kick();
  // Writing may have found the link broken: what came last is lost with it.
  if (which->link.get() != &from) return;
  if (got.header.kind == frame_kind::ping) return on_ping(which, got.header);
  if (got.header.kind == frame_kind::pong) return on_pong(which, got.header);
  if (!is_data(got.header.kind)) return;
  try {
    handlers_.on_frame(which->name, std::move(got));
  } catch (const std::exception& e) {
    spdlog::error("data plane: handling a frame of {} failed: {}", which->name, e.what());
    from.close(std::string{"sent a frame that could not be handled: "} + e.what());
  }
}

template <class Count>
transport::flows data_plane::core::count(Count bytes_of) const {
  transport::flows all;
  const std::lock_guard lock{mutex_};
  for (const auto& [name, each] : peers_) {
    if (each->link) all.emplace_back(each->link.get(), bytes_of(*each->link));
  }
  return all;
}

transport::flows data_plane::core::incoming() const {
  return count([](const connection& each) { return each.arrived(); });
}

transport::flows data_plane::core::outgoing() const {
  return count([](const connection& each) { return each.handed(); });
}

transport::flows data_plane::core::confirmed() const {
  return count([](const connection& each) { return each.confirmed(); });
}

void data_plane::core::push_pong(transport::peer& to, const ping_frame& echo) {
  const auto told = to.meter.tell(std::chrono::steady_clock::now());
  to.waiting.push_control(header_of(pong_frame{echo, told.kbit, told.frames, told.settled}));
}

void data_plane::core::on_ping(const peer_ptr& from, const frame_header& header) {
  {
    const std::lock_guard lock{mutex_};
    auto echo = read_ping(header);
    echo.under_load = echo.under_load || from->waiting.queued_bytes() != 0;
    push_pong(*from, echo);
  }
  from->link->kick();
}

void data_plane::core::on_pong(const peer_ptr& from, const frame_header& header) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto pong = read_pong(header);
  const std::chrono::nanoseconds then{static_cast<std::int64_t>(pong.echo.sent_ns)};
  const std::lock_guard lock{mutex_};
  from->meter.peer_measured({pong.kbit, pong.frames, pong.settled});
  if (const auto mbit = from->meter.mbit_out()) from->link->set_rate(*mbit);
  if (pong.echo.late) return;
  from->meter.round_trip(now - then, !pong.echo.under_load);
}

}  // namespace bramble
