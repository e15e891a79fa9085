#include "actors/transport/data_plane/outbox.hpp"

#include <iterator>
#include <utility>

#include "config/defaults.hpp"

namespace bramble {
namespace {

/// A probe is as large as a block of weights and as little urgent.
std::size_t queue_of(const frame_header& header) {
  const bool late = header.kind == frame_kind::blob_block || header.kind == frame_kind::probe ||
                    (header.kind == frame_kind::ping && read_ping(header).late);
  return late ? 1 : 0;
}

bool is_control(const frame_header& header) {
  return header.kind == frame_kind::ping || header.kind == frame_kind::pong;
}

/// Of two tensors of one request: the plan numbers its transfers in the order they are wanted.
bool may_overtake(const frame_header& later, const frame_header& waiting) {
  return later.kind == frame_kind::tensor && waiting.kind == frame_kind::tensor &&
         later.request == waiting.request && later.transfer < waiting.transfer;
}

}  // namespace

void report_lost(const std::vector<outgoing_frame>& frames) {
  for (const auto& each : frames) {
    if (each.done) each.done(false);
  }
}

bool outbox::push(outgoing_frame&& out) {
  const auto queue = queue_of(out.header);
  const auto size = out.header.size + frame_header_bytes;
  if (held_[queue] != 0 && held_[queue] + size > windows_[queue]) return false;
  insert(std::move(out));
  return true;
}

bool outbox::push_control(const frame_header& header) {
  if (controls_ == defaults::control_frames_limit) return false;
  ++controls_;
  insert({header, nullptr, nullptr, {}});
  return true;
}

void outbox::insert(outgoing_frame&& out) {
  const auto queue = queue_of(out.header);
  held_[queue] += out.header.size + frame_header_bytes;
  auto& frames = queues_[queue];
  auto place = frames.end();
  while (place != frames.begin() && may_overtake(out.header, std::prev(place)->header)) --place;
  frames.insert(place, std::move(out));
}

outgoing_frame outbox::pop() {
  auto& queue = queues_[0].empty() ? queues_[1] : queues_[0];
  outgoing_frame out = std::move(queue.front());
  queue.pop_front();
  return out;
}

void outbox::release(const frame_header& header) {
  held_[queue_of(header)] -= header.size + frame_header_bytes;
  if (is_control(header)) --controls_;
}

std::vector<outgoing_frame> outbox::clear() {
  std::vector<outgoing_frame> all;
  while (!empty()) {
    all.push_back(pop());
    release(all.back().header);
  }
  return all;
}

}  // namespace bramble
