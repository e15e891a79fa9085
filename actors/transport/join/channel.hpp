#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ssl.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "discovery/invitations/join_proof.hpp"

namespace bramble {

/// One connection of the join port: TLS 1.3 that carries frames, each a length of 4 bytes
/// (little-endian) and so many bytes. One thing at a time; everything on the thread that runs the
/// io_context. What was begun ends with an error at the deadline, which is for the whole
/// connection.
class join_channel : public std::enable_shared_from_this<join_channel> {
 public:
  using tcp = asio::ip::tcp;
  using tls_context = std::shared_ptr<asio::ssl::context>;
  /// Empty `why`: done.
  using then_done = std::function<void(const std::string& why)>;
  using then_read = std::function<void(byte_vector frame, const std::string& why)>;

  /// Takes over a connected socket. Throws `user_error` when OpenSSL has no memory.
  join_channel(tcp::socket socket, tls_context tls, bool dials);

  void start(std::chrono::milliseconds deadline, then_done then);
  /// A frame of at most `limit` bytes; a longer one is an error before anything of it is kept.
  void read(std::size_t limit, then_read then);
  void write(const byte_vector& frame, then_done then);
  /// Idempotent. What was begun ends with an error.
  void close();

  /// After `start`.
  channel_binding binding();
  /// Addresses without a port: of the other side, and the one at which it reached this one.
  const std::string& remote() const { return remote_; }
  const std::string& local() const { return local_; }

 private:
  void read_body(std::size_t limit, then_read then);
  std::string words_for(const asio::error_code& error) const;

  const tls_context tls_;
  const bool dials_;
  asio::ssl::stream<tcp::socket> stream_;
  asio::steady_timer deadline_;
  bool is_late_ = false;
  std::string remote_;
  std::string local_;
  std::array<std::uint8_t, 4> head_{};
  byte_vector in_;
  byte_vector out_;
};

}  // namespace bramble
