// The way of frames between links and the data plane's user, on the data plane's own thread.
#include <spdlog/spdlog.h>

#include <chrono>
#include <cmath>
#include <utility>

#include "actors/data_plane/core.hpp"

namespace bramble {

using transport::connection;

data_plane::core::peer_ptr data_plane::core::owner_of(const connection& link) const {
  const std::lock_guard lock{mutex_};
  auto which = find(link.name());
  if (which && which->link.get() != &link) which = nullptr;
  return which;
}

std::optional<outgoing_frame> data_plane::core::next(connection& from) {
  const auto which = owner_of(from);
  const std::lock_guard lock{mutex_};
  if (!which || which->waiting.empty()) return std::nullopt;
  return which->waiting.pop();
}

void data_plane::core::sent(connection& from, std::vector<outgoing_frame>&& frames) {
  if (const auto which = owner_of(from)) {
    const std::lock_guard lock{mutex_};
    for (const auto& each : frames) {
      which->waiting.release(each.header);
      which->counts.bytes_sent += each.header.size + frame_header_bytes;
      ++which->counts.frames_sent;
    }
  }
  for (auto& each : frames) {
    if (each.done) each.done(true);
  }
}

void data_plane::core::received(connection& from, frame&& got, const transport::arrival& timing) {
  const auto which = owner_of(from);
  if (!which) return;  // removed a moment ago
  {
    const std::lock_guard lock{mutex_};
    which->counts.bytes_received += got.header.size + frame_header_bytes;
    ++which->counts.frames_received;
    which->meter.received(timing.bytes, timing.time);
  }
  if (got.header.kind == frame_kind::ping) return on_ping(which, got.header);
  if (got.header.kind == frame_kind::pong) return on_pong(which, got.header);
  if (got.header.kind == frame_kind::probe) return;
  try {
    handlers_.on_frame(which->name, std::move(got));
  } catch (const std::exception& e) {
    spdlog::error("data plane: handling a frame of {} failed: {}", which->name, e.what());
    from.close(std::string{"sent a frame that could not be handled: "} + e.what());
  }
}

void data_plane::core::on_ping(const peer_ptr& from, const frame_header& header) {
  outgoing_frame pong;
  pong.header.kind = frame_kind::pong;
  pong.header.request = header.request;
  {
    const std::lock_guard lock{mutex_};
    const auto kbit = from->meter.mbit_in().value_or(0) * 1000;
    pong.header.plan = static_cast<std::uint64_t>(std::llround(kbit));
    pong.header.offset = from->meter.samples_in();
    pong.header.flags = header.flags | (from->waiting.queued_bytes() != 0 ? ping_under_load : 0);
    from->waiting.push_unlimited(std::move(pong));
  }
  from->link->kick();
}

void data_plane::core::on_pong(const peer_ptr& from, const frame_header& header) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const std::chrono::nanoseconds then{static_cast<std::int64_t>(header.request)};
  const std::lock_guard lock{mutex_};
  from->meter.peer_measured(header.plan, header.offset);
  if ((header.flags & ping_travels_late) != 0) return;
  from->meter.round_trip(now - then, (header.flags & ping_under_load) == 0);
}

}  // namespace bramble
