#include "actors/transport/data_plane/secure_stream.hpp"

#include <linux/sockios.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "actors/transport/data_plane/tls.hpp"
#include "config/base/error.hpp"
#include "config/certificates.hpp"
#include "config/revocations.hpp"

namespace bramble::transport {

secure_stream::secure_stream(asio::ip::tcp::socket socket, asio::ssl::context& context, bool dials)
    : socket_{std::move(socket)}, ssl_{SSL_new(context.native_handle())} {
  if (!ssl_ || SSL_set_fd(ssl_.get(), socket_.native_handle()) != 1) {
    throw user_error("OpenSSL cannot make a connection: " + take_tls_error() + ".");
  }
  socket_.native_non_blocking(true);
  dials ? SSL_set_connect_state(ssl_.get()) : SSL_set_accept_state(ssl_.get());
}

io_result secure_stream::handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result != 1) return judge(result, "the TLS handshake failed");
  shaken_ = true;
  return {io_state::progress};
}

std::string secure_stream::peer_name() const {
  const X509* shown = SSL_get0_peer_certificate(ssl_.get());
  return shown != nullptr ? common_name(*shown) : "";
}

bool secure_stream::is_revoked(const revocations& by) const {
  X509* shown = SSL_get0_peer_certificate(ssl_.get());
  return shown != nullptr && by.covers(*shown);
}

std::string secure_stream::cipher() const {
  const char* name = plain_ ? nullptr : SSL_get_cipher_name(ssl_.get());
  return name == nullptr ? "not encrypted" : name;
}

void secure_stream::leave_tls() {
  plain_ = true;
  plain_read_ = BIO_number_read(SSL_get_rbio(ssl_.get()));
  plain_written_ = BIO_number_written(SSL_get_wbio(ssl_.get()));
}

void secure_stream::read_ahead() {
  SSL_set_read_ahead(ssl_.get(), 1);
}

io_result secure_stream::read(std::uint8_t* to, std::size_t size) {
  if (plain_) {
    const auto n = ::recv(socket_.native_handle(), to, size, 0);
    if (n == 0) {
      reason_ = "closed the connection";
      return {io_state::ended};
    }
    if (n < 0) return errno == EAGAIN ? io_result{io_state::want_read} : judge_errno("reading");
    plain_read_ += static_cast<std::uint64_t>(n);
    return {io_state::progress, static_cast<std::size_t>(n)};
  }
  ERR_clear_error();
  std::size_t done = 0;
  const int result = SSL_read_ex(ssl_.get(), to, size, &done);
  return result == 1 ? io_result{io_state::progress, done} : judge(result, "reading failed");
}

io_result secure_stream::write(const std::uint8_t* from, std::size_t size, bool more) {
  if (plain_) {
    const int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
    const auto n = ::send(socket_.native_handle(), from, size, flags);
    if (n < 0) return errno == EAGAIN ? io_result{io_state::want_write} : judge_errno("writing");
    plain_written_ += static_cast<std::uint64_t>(n);
    return {io_state::progress, static_cast<std::size_t>(n)};
  }
  ERR_clear_error();
  std::size_t done = 0;
  const int result = SSL_write_ex(ssl_.get(), from, size, &done);
  return result == 1 ? io_result{io_state::progress, done} : judge(result, "writing failed");
}

std::uint64_t secure_stream::arrived() {
  const auto read = plain_ ? plain_read_ : BIO_number_read(SSL_get_rbio(ssl_.get()));
  return read + bytes_in_kernel(FIONREAD);
}

std::uint64_t secure_stream::waiting() {
  const auto decrypted = plain_ ? 0 : SSL_pending(ssl_.get());
  return bytes_in_kernel(FIONREAD) + static_cast<std::uint64_t>(decrypted);
}

std::uint64_t secure_stream::handed() {
  return plain_ ? plain_written_ : BIO_number_written(SSL_get_wbio(ssl_.get()));
}

std::uint64_t secure_stream::confirmed() {
  const auto all = handed();
  return all - std::min(all, bytes_in_kernel(SIOCOUTQ));
}

std::uint64_t secure_stream::bytes_in_kernel(unsigned long which) {
  int bytes = 0;
  if (::ioctl(socket_.native_handle(), which, &bytes) != 0) return 0;
  return static_cast<std::uint64_t>(bytes);
}

io_result secure_stream::judge_errno(const char* action) {
  if (errno == EINTR) return {io_state::progress};
  reason_ = std::string{action} + " failed: " + std::strerror(errno);
  return {io_state::ended};
}

io_result secure_stream::judge(int result, const char* action) {
  const int system_error = errno;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {io_state::want_read};
    case SSL_ERROR_WANT_WRITE:
      return {io_state::want_write};
    case SSL_ERROR_ZERO_RETURN:
      reason_ = "closed the connection";
      break;
    case SSL_ERROR_SYSCALL:
      reason_ = system_error != 0 ? std::string{action} + ": " + std::strerror(system_error)
                                  : "closed the connection";
      break;
    default: {
      const auto verdict = SSL_get_verify_result(ssl_.get());
      if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        reason_ = shaken_ ? "closed the connection" : "closed the connection in the TLS handshake";
      } else if (verdict == X509_V_ERR_CERT_REVOKED) {
        reason_ = "its certificate was revoked";
      } else if (verdict != X509_V_OK) {
        reason_ = std::string{"its certificate is not of this cluster ("} +
                  X509_verify_cert_error_string(verdict) + ")";
      } else {
        reason_ = std::string{action} + ": " + take_tls_error();
      }
    }
  }
  ERR_clear_error();
  return {io_state::ended};
}

}  // namespace bramble::transport
