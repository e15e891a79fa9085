// What a tunnel carries: messages that come are looked at, those that go are noted.
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "actors/transport/front/tunnel.hpp"
#include "config/defaults.hpp"
#include "config/defaults_front.hpp"

namespace bramble {

using transport::io_state;

void tunnel::read_network() {
  std::size_t budget = defaults::front_turn_bytes;
  while (true) {
    if (!pass_on()) return;
    if (phase_ == phase::greeting && have_ != 0) hear_greeting();
    if (phase_ == phase::closed || !check_messages()) return;
    if (checked_ != done_) continue;
    if (budget == 0) break;
    const auto before = have_;
    if (!read_more()) return;
    budget -= std::min(budget, have_ - before);
  }
  asio::post(io_, [self = shared_from_this()] { self->move(); });
}

/// Room grows with what is here, never with what was announced.
bool tunnel::read_more() {
  const bool is_full = in_.size() - have_ < defaults::front_block_bytes / 2;
  if (is_full && !hold(std::max(have_ * 3 / 2, have_ + defaults::front_block_bytes))) {
    close("sent more than there is memory for here");
    return false;
  }
  const auto result = stream_->read(in_.data() + have_, in_.size() - have_);
  if (result.state != io_state::progress) {
    react(result);
    return false;
  }
  have_ += result.bytes;
  return true;
}

bool tunnel::hold(std::size_t bytes) {
  auto& all = *settings_.held_bytes;
  if (bytes > in_.size() && all + (bytes - in_.size()) > defaults::front_memory_limit_bytes)
    return false;
  all = all - in_.size() + bytes;
  const bool shrinks = bytes < in_.size();
  in_.resize(bytes);
  if (shrinks) in_.shrink_to_fit();
  return true;
}

bool tunnel::check_messages() {
  if (phase_ != phase::opening && phase_ != phase::up) return true;
  while (have_ - checked_ >= basp::header_bytes) {
    basp::header_block block;
    std::copy_n(in_.data() + checked_, block.size(), block.begin());
    basp::header head;
    const auto limit =
        talk_->is_open() ? settings_.message_limit : defaults::small_frame_limit_bytes;
    if (const auto wrong = basp::decode_header(block, limit, head)) {
      close(*wrong);
      return false;
    }
    const auto size = basp::header_bytes + head.payload_bytes;
    if (have_ - checked_ < size) return true;
    const byte_span payload{in_.data() + checked_ + basp::header_bytes, head.payload_bytes};
    const auto verdict = talk_->arrived(head, payload, owner_.face());
    if (verdict.what == basp::verdict::kind::refuse) {
      close(verdict.why);
      return false;
    }
    if (verdict.what == basp::verdict::kind::pass) {
      checked_ += size;
    } else {
      spdlog::debug("control: {} at {} {}", name_, remote_, verdict.why);
      std::copy(in_.data() + checked_ + size, in_.data() + have_, in_.data() + checked_);
      have_ -= size;
    }
    if (phase_ == phase::opening && talk_->is_open()) open_local();
    if (phase_ == phase::closed) return false;
  }
  return true;
}

/// False when the tunnel is closed, or CAF has to take something first.
bool tunnel::pass_on() {
  while (phase_ == phase::up && done_ != checked_) {
    const auto n = ::send(local_.native_handle(), in_.data() + done_, checked_ - done_,
                          MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) {
      await_local(local_socket::wait_write);
      return false;
    }
    if (n < 0) {
      close("is not wanted here any more");
      return false;
    }
    done_ += static_cast<std::size_t>(n);
  }
  if (phase_ == phase::closed) return false;
  if (done_ == 0) return true;
  std::copy(in_.data() + done_, in_.data() + have_, in_.data());
  have_ -= std::exchange(done_, 0);
  checked_ = 0;
  // One large message is no reason to keep its room for good.
  if (have_ == 0 && in_.size() > 4 * defaults::front_block_bytes) hold(defaults::front_block_bytes);
  return true;
}

void tunnel::read_local() {
  std::size_t budget = defaults::front_turn_bytes;
  while (write_network()) {
    if (phase_ != phase::up) return;
    if (budget == 0) {
      asio::post(io_, [self = shared_from_this()] { self->move(); });
      return;
    }
    if (!read_local_block()) return;
    budget -= std::min(budget, out_.size());
  }
}

/// False when the tunnel is closed, or the network has to take something first.
bool tunnel::write_network() {
  while (out_done_ != out_.size()) {
    const auto result = stream_->write(out_.data() + out_done_, out_.size() - out_done_, false);
    if (result.state != io_state::progress) {
      react(result);
      return false;
    }
    out_done_ += result.bytes;
  }
  out_.clear();
  out_done_ = 0;
  return phase_ != phase::closed;
}

bool tunnel::read_local_block() {
  out_.resize(defaults::front_block_bytes);
  const auto n = ::recv(local_.native_handle(), out_.data(), out_.size(), MSG_DONTWAIT);
  const int error = errno;
  out_.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  if (n > 0) {
    note_sent(out_.data(), out_.size());
    return true;
  }
  if (n < 0 && error == EINTR) return true;
  if (n < 0 && error == EAGAIN) {
    await_local(local_socket::wait_read);
    return false;
  }
  close("was given up by this process");
  return false;
}

void tunnel::note_sent(const std::uint8_t* from, std::size_t size) {
  while (size != 0) {
    if (sent_payload_left_ != 0) {
      const auto skipped = std::min<std::uint64_t>(size, sent_payload_left_);
      sent_payload_left_ -= skipped;
      from += skipped;
      size -= skipped;
      continue;
    }
    const auto taken = std::min(size, basp::header_bytes - sent_header_have_);
    std::copy_n(from, taken, sent_header_.begin() + static_cast<std::ptrdiff_t>(sent_header_have_));
    sent_header_have_ += taken;
    from += taken;
    size -= taken;
    if (sent_header_have_ != basp::header_bytes) continue;
    sent_header_have_ = 0;
    const auto head = basp::read_header(sent_header_);
    sent_payload_left_ = head.payload_bytes;
    talk_->sent(head);
  }
}

}  // namespace bramble
