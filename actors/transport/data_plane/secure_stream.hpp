#pragma once

#include <asio/ip/tcp.hpp>
#include <asio/ssl/context.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace bramble {
class revocations;
}

namespace bramble::transport {

enum class io_state : std::uint8_t {
  progress,    ///< something was done; `bytes` says how much
  want_read,   ///< nothing more until the socket is readable
  want_write,  ///< nothing more until the socket is writable
  ended        ///< the stream is over; `reason()` says why
};

struct io_result {
  io_state state;
  std::size_t bytes = 0;
};

/// TLS on a non-blocking TCP socket. asio::ssl::stream would copy each record through a pair of
/// 17 kB memory buffers and one event each; here OpenSSL works on the socket itself and decrypts
/// into the buffer that the reader gives. The owner waits for readiness with asio. After the
/// handshake the stream can drop the encryption where both sides want that.
class secure_stream {
 public:
  /// Takes over an open, connected socket. Throws `user_error` when OpenSSL has no memory.
  secure_stream(asio::ip::tcp::socket socket, asio::ssl::context& context, bool dials);

  io_result handshake();

  /// The name in the verified certificate of the other side; after the handshake.
  std::string peer_name() const;

  /// Whether that certificate was taken back; also after it was let in.
  bool is_revoked(const revocations& by) const;

  /// What encrypts it, after the handshake; or that nothing does any more.
  std::string cipher() const;

  /// From here on bytes go as they are. Both sides have to do it at the same place of the stream.
  void leave_tls();

  /// From here on records are read from the kernel several at a time. Excludes `leave_tls`: it may
  /// have read past the place.
  void read_ahead();

  io_result read(std::uint8_t* to, std::size_t size);

  /// `more` says that another write follows at once, so that the kernel need not send a small
  /// packet.
  io_result write(const std::uint8_t* from, std::size_t size, bool more);

  /// Bytes that reached this machine so far, whether read or still in the kernel.
  std::uint64_t arrived();

  /// Those of them that the reader has not got yet, as far as they can be told cheaply.
  std::uint64_t waiting();

  /// Bytes handed to the kernel so far, and those of them that the other machine has confirmed.
  std::uint64_t handed();
  std::uint64_t confirmed();

  asio::ip::tcp::socket& socket() { return socket_; }
  const std::string& reason() const { return reason_; }

 private:
  struct ssl_deleter {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  io_result judge(int result, const char* action);
  std::uint64_t bytes_in_kernel(unsigned long which);
  io_result judge_errno(const char* action);

  asio::ip::tcp::socket socket_;
  std::unique_ptr<SSL, ssl_deleter> ssl_;
  bool shaken_ = false;
  bool plain_ = false;
  std::uint64_t plain_read_ = 0;
  std::uint64_t plain_written_ = 0;
  std::string reason_;
};

}  // namespace bramble::transport
