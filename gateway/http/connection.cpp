#include "gateway/http/connection.hpp"

#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "config/defaults_gateway.hpp"

namespace bramble::gateway {
namespace {

using clock = std::chrono::steady_clock;

constexpr int bad_request = 400;
constexpr int request_timeout = 408;
constexpr int head_too_large = 431;

}  // namespace

connection::connection(int fd, std::string peer, SSL_CTX* tls, const http_limits& limits)
    : fd_{fd},
      peer_{std::move(peer)},
      limits_{limits},
      tls_{tls != nullptr ? SSL_new(tls) : nullptr, &SSL_free} {
  if (tls_) SSL_set_fd(tls_.get(), fd_);
}

connection::~connection() {
  if (tls_ && SSL_is_init_finished(tls_.get()) != 0) SSL_shutdown(tls_.get());
  ERR_clear_error();
  ::close(fd_);
}

bool connection::wait(short events, clock::time_point until) const {
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
    if (left < 0) return false;
    pollfd at{fd_, events, 0};
    const int found = ::poll(&at, 1, static_cast<int>(std::min<std::int64_t>(left + 1, 60'000)));
    if (found > 0) return true;
    if (found < 0 && errno != EINTR) return false;
  }
}

bool connection::shake_hands() {
  if (!tls_) return true;
  const auto until = clock::now() + defaults::gateway_handshake_timeout;
  while (true) {
    ERR_clear_error();
    const int done = SSL_accept(tls_.get());
    if (done == 1) return true;
    const int why = SSL_get_error(tls_.get(), done);
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return false;
    if (!wait(why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, until)) return false;
  }
}

/// 0: the client ended; less: it failed, or took too long.
ssize_t connection::receive(char* to, std::size_t size, clock::time_point until) {
  while (true) {
    short awaited = POLLIN;
    if (tls_) {
      ERR_clear_error();
      const int got =
          SSL_read(tls_.get(), to, static_cast<int>(std::min<std::size_t>(size, 1U << 20)));
      if (got > 0) return got;
      const int why = SSL_get_error(tls_.get(), got);
      if (why == SSL_ERROR_ZERO_RETURN) return 0;
      if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return -1;
      if (why == SSL_ERROR_WANT_WRITE) awaited = POLLOUT;
    } else {
      const auto got = ::recv(fd_, to, size, 0);
      if (got >= 0) return got;
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return -1;
    }
    if (!wait(awaited, until)) {
      trouble_ = request_timeout;
      return -1;
    }
  }
}

bool connection::await_request(std::chrono::milliseconds limit) {
  if (begin_ != end_) return true;
  const auto got = receive(buffer_.data(), buffer_.size(), clock::now() + limit);
  trouble_ = 0;  // a connection may rest
  if (got <= 0) return false;
  begin_ = 0;
  end_ = static_cast<std::size_t>(got);
  return true;
}

void connection::begin_request() {
  in_head_ = true;
  continues_ = false;
  bytes_ = 0;
  trouble_ = 0;
  began_ = clock::now();
}

void connection::head_is_read() {
  in_head_ = false;
  bytes_ = 0;
  began_ = clock::now();
}

/// What so many bytes may take.
std::chrono::milliseconds connection::time_for(std::size_t bytes) const {
  return limits_.transfer +
         std::chrono::milliseconds{bytes * 1000 / defaults::gateway_transfer_bytes_a_second};
}

clock::time_point connection::read_deadline() const {
  return began_ + (in_head_ ? limits_.head : time_for(bytes_));
}

ssize_t connection::read(char* to, size_t size) {
  if (in_head_ && bytes_ >= defaults::gateway_head_bytes_most) {
    trouble_ = head_too_large;
    return -1;
  }
  if (begin_ == end_) {
    // What is large goes where it is wanted at once.
    if (!in_head_ && size >= buffer_.size()) {
      const auto got = receive(to, size, read_deadline());
      if (got > 0) bytes_ += static_cast<std::size_t>(got);
      return got;
    }
    const auto got = receive(buffer_.data(), buffer_.size(), read_deadline());
    if (got <= 0) return got;
    begin_ = 0;
    end_ = static_cast<std::size_t>(got);
  }
  const auto count = std::min(size, end_ - begin_);
  std::memcpy(to, buffer_.data() + begin_, count);
  begin_ += count;
  bytes_ += count;
  return static_cast<ssize_t>(count);
}

bool connection::read_exactly(char* to, std::size_t size) {
  while (size != 0) {
    const auto got = read(to, size);
    if (got <= 0) return false;
    to += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

bool connection::read_line(std::string& line, std::size_t most) {
  line.clear();
  char c = 0;
  while (read_exactly(&c, 1)) {
    if (c == '\n') {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      return true;
    }
    if (line.size() == most) return false;
    line += c;
  }
  return false;
}

void connection::linger() {
  ::shutdown(fd_, SHUT_WR);
  const auto until = clock::now() + defaults::gateway_linger;
  // By the socket, also under TLS: nobody reads it.
  while (wait(POLLIN, until)) {
    const auto got = ::recv(fd_, buffer_.data(), buffer_.size(), 0);
    if (got <= 0 && errno != EINTR) return;
  }
}

ssize_t connection::write(const char* from, size_t size) {
  // Before the head was read httplib has nothing to say but "go on" and that it is a bad one, which
  // is said elsewhere: the connection ends with that.
  continues_ = continues_ || std::string_view{from, size}.starts_with("HTTP/1.1 100 ");
  if (in_head_ && !continues_) {
    if (trouble_ == 0) trouble_ = bad_request;
    return -1;
  }
  const auto until = clock::now() + time_for(size);
  std::size_t sent = 0;
  while (sent != size) {
    short awaited = POLLOUT;
    if (tls_) {
      ERR_clear_error();
      const auto part = static_cast<int>(std::min<std::size_t>(size - sent, 1U << 20));
      const int put = SSL_write(tls_.get(), from + sent, part);
      if (put > 0) {
        sent += static_cast<std::size_t>(put);
        continue;
      }
      const int why = SSL_get_error(tls_.get(), put);
      if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return -1;
      if (why == SSL_ERROR_WANT_READ) awaited = POLLIN;
    } else {
      const auto put = ::send(fd_, from + sent, size - sent, MSG_NOSIGNAL);
      if (put >= 0) {
        sent += static_cast<std::size_t>(put);
        continue;
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return -1;
    }
    if (!wait(awaited, until)) return -1;
  }
  return static_cast<ssize_t>(sent);
}

bool connection::is_abandoned() const {
  pollfd at{fd_, POLLRDHUP, 0};
  return ::poll(&at, 1, 0) > 0 && (at.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

bool connection::is_readable() const {
  return begin_ != end_ || wait(POLLIN, clock::now());
}

/// Whether there is anybody to write to: `write` waits by itself.
bool connection::is_writable() const {
  return !is_abandoned();
}

void connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip = peer_;
  port = 0;
}

void connection::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

time_t connection::duration() const {
  return std::chrono::duration_cast<std::chrono::seconds>(clock::now() - began_).count();
}

}  // namespace bramble::gateway
