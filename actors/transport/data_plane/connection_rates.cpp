// The part of a connection that looks at how fast large frames come and go.
#include <chrono>
#include <cmath>

#include "actors/transport/data_plane/connection.hpp"
#include "actors/transport/data_plane/frames.hpp"
#include "config/defaults.hpp"

namespace bramble::transport {
namespace {

using steady = std::chrono::steady_clock;

}  // namespace

void connection::begin_measuring() {
  incoming_before_ = owner_.incoming();
  looked_at_ = 0;
  arrived_before_ = stream_->arrived();
  measured_.begin(steady::now(), arrived_before_, stream_->waiting());
}

void connection::look() {
  looked_at_ = payload_have_;
  const auto before = steady::now();
  const auto arrived = stream_->arrived();
  if (steady::now() - before <= defaults::rate_look_limit) measured_.look(before, arrived);
}

frame_rates connection::end_measuring() {
  const auto now = steady::now();
  const auto arrived = stream_->arrived();
  frame_rates rates;
  rates.stretches = measured_.end(now, arrived);
  rates.contention =
      contention_between(incoming_before_, owner_.incoming(), this, arrived - arrived_before_);
  return rates;
}

void connection::note_contention(const frame_header& sent) {
  if (sent.size < defaults::bandwidth_sample_bytes) return;
  // What the kernel still holds for others competes with what it still holds of this frame.
  const auto contention = contention_between(confirmed_before_, owner_.outgoing(), this,
                                             handed() - own_confirmed_before_);
  if (contention.share < defaults::rate_shared_least) return;
  pending_notice_ =
      header_of(contention_frame{static_cast<std::uint32_t>(contention.others), contention.share});
}

}  // namespace bramble::transport
