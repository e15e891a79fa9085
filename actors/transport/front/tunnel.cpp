// How a tunnel comes up and goes down; tunnel_messages.cpp moves what it carries.
#include "actors/transport/front/tunnel.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "actors/transport/data_plane/listen.hpp"
#include "actors/transport/front/greeting.hpp"

namespace bramble {

using transport::io_state;

namespace {

void set_option(int socket, int option, int value) {
  // Each only makes an open connection better; without it everything still works.
  ::setsockopt(socket, IPPROTO_TCP, option, &value, sizeof value);
}

/// OpenSSL names the alert that came; people want to know what to do about it.
std::string refusal(const std::string& reason) {
  const auto says = [&](const char* what) { return reason.find(what) != std::string::npos; };
  if (says("certificate expired"))
    return "does not accept this certificate any more: it has expired (or a clock is wrong)";
  if (says("certificate revoked"))
    return "does not accept this machine's certificate any more: it was revoked (on the first "
           "node, "
           "`bramble keys list` says so); `bramble join` with a new code gets another one, when "
           "this "
           "home's keys are moved away";
  if (says("alert unknown ca") || says("alert decrypt error") || says("alert bad certificate") ||
      says("alert certificate unknown"))
    return "is of another cluster: it does not know this certificate's authority";
  if (says("certificate is not of this cluster"))
    return "is of another cluster: compare `bramble keys show` on both (" + reason + ")";
  if (says("reset by peer") || says("Broken pipe") || says("closed the connection") ||
      says("was gone at once"))
    return "closed the connection before it said who it is: it is busy with too many others, or no "
           "Bramble node";
  return reason;
}

}  // namespace

tunnel::tunnel(asio::io_context& io, std::shared_ptr<asio::ssl::context> tls,
               const tunnel_settings& settings, tunnel_owner& owner)
    : io_{io},
      tls_{std::move(tls)},
      settings_{settings},
      owner_{owner},
      deadline_{io},
      local_{io} {}

void tunnel::start_deadline(const char* what) {
  deadline_.expires_after(settings_.setup_timeout);
  deadline_.async_wait([self = shared_from_this(), what](asio::error_code stopped) {
    if (stopped || self->phase_ == phase::up) return;
    // A port for tensors waits for the other side to begin.
    if (self->phase_ == phase::greeting)
      self->close(
          "is of this cluster, but says nothing: that port is not for commands (the one for "
          "tensors "
          "is the next one up)");
    else
      self->close(std::string{what} + " within " +
                  std::to_string(self->settings_.setup_timeout.count()) + " ms");
  });
}

void tunnel::accept(tcp::socket socket) {
  role_ = basp::conversation::role::accepted;
  start_deadline("did not show a certificate of this cluster, and who it is,");
  begin_tls(std::move(socket));
}

void tunnel::dial(std::vector<tcp::endpoint> places) {
  role_ = basp::conversation::role::dialled;
  phase_ = phase::connecting;
  remote_ = places.empty() ? "?" : transport::text_of(places.front());
  start_deadline("did not answer");
  race_ = std::make_shared<transport::race>(
      io_, std::move(places),
      [self = shared_from_this()](tcp::socket winner, const std::string& why) {
        if (self->phase_ != phase::connecting) return;
        if (!why.empty()) return self->close("cannot be reached: " + why);
        self->begin_tls(std::move(winner));
      });
  race_->start();
}

void tunnel::begin_tls(tcp::socket socket) {
  asio::error_code error;
  const auto place = socket.remote_endpoint(error);
  if (error) return close("was gone at once: " + error.message());
  remote_ = transport::text_of(place);
  const int fd = socket.native_handle();
  set_option(fd, TCP_NODELAY, 1);
  set_option(fd, TCP_USER_TIMEOUT, static_cast<int>(settings_.silence_timeout.count()));
  try {
    stream_.emplace(std::move(socket), *tls_, !is_accepted());
  } catch (const std::exception& e) {
    return close(e.what());
  }
  phase_ = phase::handshaking;
  shake_hands();
}

void tunnel::shake_hands() {
  const auto result = stream_->handshake();
  if (result.state != io_state::progress) return react(result);
  name_ = stream_->peer_name();
  if (name_.empty()) return close("has a certificate without a name");
  talk_.emplace(role_, settings_.mine, name_);
  if (is_accepted()) return go_on_certified();
  phase_ = phase::greeting;
  move();
}

void tunnel::go_on_certified() {
  const auto self = shared_from_this();
  const bool welcome = owner_.certified(self);
  if (phase_ == phase::closed) return;
  const auto& words = welcome ? greeting_welcome : greeting_full;
  out_.assign(words.begin(), words.end());
  phase_ = phase::opening;
  if (welcome) return move();
  // A new connection's buffer takes so few bytes.
  if (write_network()) close("has too many connections already");
}

void tunnel::hear_greeting() {
  greeting heard{};
  if (have_ < heard.size()) return;
  std::copy_n(in_.begin(), heard.size(), heard.begin());
  if (heard == greeting_full)
    return close("has too many connections with this certificate already");
  if (heard != greeting_welcome)
    return close(
        "is of this cluster, but that port is not for commands (the one for tensors is the "
        "next one up), or it is of another version");
  std::copy(in_.begin() + heard.size(), in_.begin() + static_cast<std::ptrdiff_t>(have_),
            in_.begin());
  have_ -= heard.size();
  open_local();
}

void tunnel::open_local() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
    return close(std::string{"gets no connection inside this process: "} + std::strerror(errno));
  asio::error_code error;
  local_.assign(asio::local::stream_protocol{}, ends[0], error);
  phase_ = phase::up;
  deadline_.cancel();
  owner_.open(shared_from_this(), ends[1]);
}

void tunnel::close(const std::string& reason) {
  if (phase_ == phase::closed) return;
  const auto before = std::exchange(phase_, phase::closed);
  deadline_.cancel();
  asio::error_code ignored;  // the descriptor is gone either way
  if (race_) race_->stop();
  if (stream_) stream_->socket().close(ignored);
  local_.close(ignored);
  hold(0);
  const auto self = shared_from_this();
  const bool set_up = before == phase::up || is_accepted();
  owner_.closed(self, set_up ? reason : refusal(reason));
}

void tunnel::await(asio::socket_base::wait_type what) {
  bool& waits = what == tcp::socket::wait_read ? waits_.network_read : waits_.network_write;
  if (waits) return;
  waits = true;
  stream_->socket().async_wait(what, [self = shared_from_this(), &waits](asio::error_code error) {
    waits = false;
    if (!error) self->move();
  });
}

void tunnel::await_local(asio::socket_base::wait_type what) {
  bool& waits = what == local_socket::wait_read ? waits_.local_read : waits_.local_write;
  if (waits) return;
  waits = true;
  local_.async_wait(what, [self = shared_from_this(), &waits](asio::error_code error) {
    waits = false;
    if (!error) self->move();
  });
}

void tunnel::react(const transport::io_result& result) {
  if (result.state == io_state::want_read) await(tcp::socket::wait_read);
  if (result.state == io_state::want_write) await(tcp::socket::wait_write);
  if (result.state == io_state::ended) close(stream_->reason());
}

void tunnel::move() {
  if (phase_ == phase::closed) return;
  if (phase_ == phase::handshaking) return shake_hands();
  // TLS may want to read in order to write and the other way round, so either event serves both.
  read_network();
  if (phase_ != phase::closed) read_local();
}

}  // namespace bramble
