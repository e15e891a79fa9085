#include "actors/transport/data_plane/connection.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "actors/transport/data_plane/frames.hpp"
#include "actors/transport/data_plane/link_sizes.hpp"
#include "actors/transport/data_plane/listen.hpp"
#include "config/defaults.hpp"

namespace bramble::transport {
namespace {

/// As many as a line of `status` has room for.
std::string text_of_all(const std::vector<asio::ip::tcp::endpoint>& places) {
  constexpr std::size_t most = 4;
  if (places.empty()) return "no known address";
  std::string out;
  for (std::size_t i = 0; i < std::min(most, places.size()); ++i)
    out += (i == 0 ? "" : ", ") + text_of(places[i]);
  if (places.size() > most) out += " and " + std::to_string(places.size() - most) + " more";
  return out;
}

void set_option(int socket, int option, int value) {
  // Each only makes an open connection better; without it everything still works.
  ::setsockopt(socket, IPPROTO_TCP, option, &value, sizeof value);
}

}  // namespace

connection::connection(asio::io_context& io, asio::ssl::context& tls,
                       const connection_settings& settings, connection_owner& owner)
    : io_{io}, tls_{tls}, settings_{settings}, owner_{owner}, deadline_{io} {}

void connection::start_deadline(const char* what) {
  deadline_.expires_after(settings_.setup_timeout);
  deadline_.async_wait([self = shared_from_this(), what](asio::error_code error) {
    if (error || self->phase_ == phase::up) return;
    self->close(std::string{what} + " within " +
                std::to_string(self->settings_.setup_timeout.count()) + " ms");
  });
}

void connection::dial(std::vector<tcp::endpoint> places, std::string name, bool moves) {
  phase_ = phase::connecting;
  moves_ = moves;
  name_ = std::move(name);
  remote_ = text_of_all(places);
  start_deadline("did not answer");
  race_ =
      std::make_shared<race>(io_, std::move(places),
                             [weak = weak_from_this()](tcp::socket winner, const std::string& why) {
                               const auto self = weak.lock();
                               if (!self || self->phase_ != phase::connecting) return;
                               if (!why.empty()) return self->close("cannot be reached: " + why);
                               self->begin_tls(std::move(winner), true);
                             });
  race_->start();
}

void connection::accept(tcp::socket socket) {
  start_deadline("did not show a certificate of this cluster");
  begin_tls(std::move(socket), false);
}

void connection::begin_tls(tcp::socket socket, bool dials) {
  asio::error_code error;
  const auto place = socket.remote_endpoint(error);
  if (error) return close("was gone at once: " + error.message());
  place_ = place;
  remote_ = text_of(place);
  const int fd = socket.native_handle();
  set_option(fd, TCP_NODELAY, 1);
  limit_unsent(fd, defaults::unsent_bytes_most);
  set_option(fd, TCP_USER_TIMEOUT, static_cast<int>(settings_.silence_timeout.count()));
  try {
    stream_.emplace(std::move(socket), tls_, dials);
  } catch (const std::exception& e) {
    return close(e.what());
  }
  phase_ = phase::handshaking;
  shake_hands();
}

void connection::limit_rate(double mbit) {
  if (!stream_) return;
  // All ones is the kernel's "no limit".
  const unsigned bytes_per_second = mbit > 0 ? static_cast<unsigned>(mbit * 1e6 / 8) : ~0U;
  if (::setsockopt(stream_->socket().native_handle(), SOL_SOCKET, SO_MAX_PACING_RATE,
                   &bytes_per_second, sizeof bytes_per_second) != 0)
    spdlog::warn("data plane: the rate to {} cannot be limited: {}", name_, std::strerror(errno));
}

void connection::shake_hands() {
  const auto result = stream_->handshake();
  if (result.state != io_state::progress) return react(result);
  const auto shown = stream_->peer_name();
  if (shown.empty()) return close("its certificate has no name");
  if (!name_.empty()) {
    if (shown != name_) return close("there is the node " + shown + ", not " + name_);
    if (moves_ && !owner_.may_move(*this)) return close("is not needed any more");
    return adopt();
  }
  name_ = shown;
  phase_ = phase::parked;
  owner_.authenticated(shared_from_this(), name_);
}

void connection::set_rate(double mbit) {
  const auto wanted = unsent_bytes(mbit);
  if (phase_ == phase::up && wanted != unsent_limit_)
    limit_unsent(stream_->socket().native_handle(), wanted);
}

void connection::limit_unsent(int fd, std::size_t bytes) {
  unsent_limit_ = bytes;
  set_option(fd, TCP_NOTSENT_LOWAT, static_cast<int>(bytes));
}

void connection::adopt() {
  if (phase_ == phase::closed) return;
  phase_ = phase::greeting;
  send_hello();
  // The other's hello may be here already, read by OpenSSL together with the handshake.
  read_frames();
}

void connection::send_hello() {
  const auto block = encode_header(header_of(hello_frame{!settings_.encrypt, moves_}));
  staged_.assign(block.begin(), block.end());
  write_frames();
}

bool connection::heard_hello(const frame_header& header) {
  if (hello_heard_ || header.kind != frame_kind::hello) {
    close("broke the protocol with a frame of kind " +
          std::to_string(static_cast<int>(header.kind)));
    return false;
  }
  hello_heard_ = true;
  const auto hello = read_hello(header);
  plain_ = !settings_.encrypt && hello.wants_plain;
  moves_ = moves_ || hello.moves;
  go_up_when_greeted();
  return phase_ != phase::closed;
}

void connection::go_up_when_greeted() {
  if (phase_ != phase::greeting || !hello_heard_ || !hello_sent_) return;
  phase_ = phase::up;
  deadline_.cancel();
  plain_ ? stream_->leave_tls() : stream_->read_ahead();
  last_heard_ = std::chrono::steady_clock::now();
  owner_.up(shared_from_this());
  kick();
}

void connection::kick() {
  if (phase_ == phase::up && !waits_write_) write_frames();
}

void connection::close(const std::string& reason) {
  if (phase_ == phase::closed) return;
  phase_ = phase::closed;
  deadline_.cancel();
  asio::error_code ignored;  // the descriptor is gone either way
  if (race_) race_->stop();
  if (stream_) stream_->socket().close(ignored);
  const auto self = shared_from_this();
  owner_.closed(self, reason, std::exchange(batch_, {}));
}

void connection::check_silence(std::chrono::steady_clock::time_point now) {
  if (phase_ != phase::up) return;
  const auto arrived = stream_->arrived();
  if (arrived != arrived_at_last_look_) {
    arrived_at_last_look_ = arrived;
    last_heard_ = now;
  } else if (now - last_heard_ >= settings_.silence_timeout) {
    close("was silent for " + std::to_string(settings_.silence_timeout.count()) + " ms");
  }
}

void connection::await(asio::socket_base::wait_type what) {
  bool& waits = what == tcp::socket::wait_read ? waits_read_ : waits_write_;
  if (waits) return;
  waits = true;
  stream_->socket().async_wait(what, [self = shared_from_this(), &waits](asio::error_code error) {
    waits = false;
    if (!error) self->on_ready();
  });
}

void connection::react(const io_result& result) {
  if (result.state == io_state::want_read) await(tcp::socket::wait_read);
  if (result.state == io_state::want_write) await(tcp::socket::wait_write);
  if (result.state == io_state::ended) close(stream_->reason());
}

void connection::on_ready() {
  if (phase_ == phase::handshaking) return shake_hands();
  // TLS may want to read in order to write and the other way round, so either event serves both.
  if (phase_ == phase::greeting || phase_ == phase::up) read_frames();
  if (phase_ == phase::greeting || phase_ == phase::up) write_frames();
}

}  // namespace bramble::transport
