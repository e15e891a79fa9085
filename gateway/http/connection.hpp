#pragma once

#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>

#include "gateway/http/call.hpp"
#include "gateway/http/httplib.hpp"

namespace bramble::gateway {

/// A client's connection, with or without TLS, as httplib reads and writes it. Holds the client to
/// bounds that httplib does not know: bytes of a request's head, time for head, body and answer.
/// One thread at a time.
class connection : public httplib::Stream {
 public:
  /// Takes the descriptor. `tls` may be null.
  connection(int fd, std::string peer, SSL_CTX* tls, const http_limits& limits);
  ~connection() override;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// The TLS handshake; at once true where there is none.
  bool shake_hands();
  /// Until a request begins: false where none does within this time, or the client goes.
  bool await_request(std::chrono::milliseconds limit);
  /// Bounds are those of a head until `head_is_read`.
  void begin_request();
  void head_is_read();
  bool is_in_head() const { return in_head_; }

  /// Exactly so many bytes, or false.
  bool read_exactly(char* to, std::size_t size);
  /// Up to and without the end of a line; false where it is longer than `most`.
  bool read_line(std::string& line, std::size_t most);

  /// Nothing is to be read after the request that is answered: some of it was left.
  void close_afterwards(bool closes) { closes_ = closes; }
  bool closes() const { return closes_; }
  /// Lets a client that still sends see its answer before the connection goes: takes what comes and
  /// forgets it, for a moment.
  void linger();

  /// Why a head was not read to its end: a status of HTTP, 0 where it was.
  int trouble() const { return trouble_; }
  /// Whether the client has gone; its half of the connection being closed counts.
  bool is_abandoned() const;
  const std::string& peer() const { return peer_; }

  // As httplib calls them.
  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* to, size_t size) override;
  ssize_t write(const char* from, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return fd_; }
  // Later versions of httplib ask for it as well.
  time_t duration() const;  // NOLINT(modernize-use-override)

 private:
  using clock = std::chrono::steady_clock;

  bool wait(short events, clock::time_point until) const;
  ssize_t receive(char* to, std::size_t size, clock::time_point until);
  clock::time_point read_deadline() const;
  std::chrono::milliseconds time_for(std::size_t bytes) const;

  int fd_;
  std::string peer_;
  http_limits limits_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_;
  std::array<char, 16384> buffer_{};
  std::size_t begin_ = 0;  ///< of what is in the buffer
  std::size_t end_ = 0;
  bool in_head_ = true;
  bool continues_ = false;  ///< it was told to go on with its body
  bool closes_ = false;
  int trouble_ = 0;
  std::size_t bytes_ = 0;  ///< of the head, or of the body
  clock::time_point began_ = {};
};

}  // namespace bramble::gateway
