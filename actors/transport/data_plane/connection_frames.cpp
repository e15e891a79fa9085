// The part of a connection that moves frames; connection.cpp brings it up and takes it down.
#include <algorithm>
#include <asio/post.hpp>
#include <new>
#include <utility>

#include "actors/transport/data_plane/connection.hpp"
#include "config/defaults.hpp"

namespace bramble::transport {
namespace {

/// One TLS record. What is collected for it is copied; 16 kB cost 2 microseconds.
constexpr std::size_t record_bytes = 16U << 10;

/// After so many bytes in one direction the other links get their turn.
constexpr std::size_t turn_bytes = 1U << 20;

/// So often the arrival of a large frame is looked at.
constexpr std::size_t look_bytes = 32U << 10;

bool is_measured(const frame_header& header) {
  return header.size >= defaults::bandwidth_sample_bytes;
}

}  // namespace

void connection::read_frames() {
  std::size_t budget = turn_bytes;
  while (budget != 0) {
    if (!read_some(budget)) return;
  }
  asio::post(io_, [self = shared_from_this()] {
    if (self->phase_ == phase::greeting || self->phase_ == phase::up) self->read_frames();
  });
}

bool connection::read_some(std::size_t& budget) {
  const bool in_header = header_have_ != frame_header_bytes;
  auto* const to =
      in_header ? header_block_.data() + header_have_ : incoming_.data.get() + payload_have_;
  const auto missing =
      in_header ? frame_header_bytes - header_have_ : incoming_.header.size - payload_have_;
  const auto result = stream_->read(to, missing);
  if (result.state != io_state::progress) {
    react(result);
    return false;
  }
  budget -= std::min(budget, result.bytes);
  (in_header ? header_have_ : payload_have_) += result.bytes;
  if (!in_header && payload_have_ >= looked_at_ + look_bytes) look();
  if (result.bytes != missing) return true;
  if (in_header && !on_header()) return false;
  return payload_have_ != incoming_.header.size || deliver();
}

bool connection::on_header() {
  if (const auto complaint =
          decode_header(header_block_, settings_.frame_limit, incoming_.header)) {
    close(*complaint);
    return false;
  }
  payload_have_ = 0;
  try {
    incoming_.data = allocate_payload(incoming_.header.size);
  } catch (const std::bad_alloc&) {
    close("sent a frame for which there is no memory here");
    return false;
  }
  if (is_measured(incoming_.header)) begin_measuring();
  return true;
}

bool connection::deliver() {
  header_have_ = 0;
  frame got = std::exchange(incoming_, {});
  if (phase_ == phase::greeting || got.header.kind == frame_kind::hello) {
    return heard_hello(got.header);
  }
  frame_rates rates;
  if (is_measured(got.header)) rates = end_measuring();
  owner_.received(*this, std::move(got), std::move(rates));
  return phase_ != phase::closed;
}

void connection::write_frames() {
  std::size_t budget = turn_bytes;
  while (budget != 0) {
    if (staged_done_ == staged_.size() && direct_left_ == 0 && !fill()) return;
    if (!flush(budget)) return;
  }
  asio::post(io_, [self = shared_from_this()] { self->kick(); });
}

bool connection::fill() {
  if (phase_ != phase::up) return false;
  staged_.clear();
  staged_done_ = 0;
  if (const auto last = std::exchange(pending_notice_, std::nullopt)) {
    const auto block = encode_header(*last);
    staged_.assign(block.begin(), block.end());
  }
  while (direct_left_ == 0 && staged_.size() + frame_header_bytes < record_bytes) {
    auto out = owner_.next(*this);
    if (!out) break;
    const auto block = encode_header(out->header);
    staged_.insert(staged_.end(), block.begin(), block.end());
    const auto size = static_cast<std::size_t>(out->header.size);
    const auto here = std::min(size, record_bytes - staged_.size());
    if (here != 0) staged_.insert(staged_.end(), out->data, out->data + here);
    direct_ = out->data + here;
    direct_left_ = size - here;
    batch_.push_back(std::move(*out));
    if (is_measured(batch_.back().header)) {
      confirmed_before_ = owner_.confirmed();
      own_confirmed_before_ = confirmed();
    }
  }
  return !staged_.empty();
}

bool connection::flush(std::size_t& budget) {
  const bool from_stage = staged_done_ != staged_.size();
  const auto result = from_stage ? stream_->write(staged_.data() + staged_done_,
                                                  staged_.size() - staged_done_, direct_left_ != 0)
                                 : stream_->write(direct_, direct_left_, false);
  if (result.state != io_state::progress) {
    react(result);
    return false;
  }
  budget -= std::min(budget, result.bytes);
  if (from_stage) {
    staged_done_ += result.bytes;
  } else {
    direct_ += result.bytes;
    direct_left_ -= result.bytes;
  }
  if (staged_done_ != staged_.size() || direct_left_ != 0) return true;
  if (phase_ == phase::greeting) {
    hello_sent_ = true;
    go_up_when_greeted();
    return false;
  }
  if (!batch_.empty()) note_contention(batch_.back().header);
  owner_.sent(*this, std::exchange(batch_, {}));
  return phase_ != phase::closed;
}

}  // namespace bramble::transport
