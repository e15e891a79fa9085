#include "actors/transport/join/channel.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <asio/read.hpp>
#include <asio/write.hpp>
#include <stdexcept>
#include <utility>

#include "actors/transport/data_plane/listen.hpp"

namespace bramble {
namespace {

constexpr std::size_t exported_bytes = 32;
constexpr std::string_view exporter_label = "EXPORTER-bramble-join";

std::uint32_t length_in(const std::array<std::uint8_t, 4>& head) {
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < head.size(); ++i) out |= std::uint32_t{head.at(i)} << (8U * i);
  return out;
}

std::string address_of(const asio::ip::tcp::endpoint& place) {
  return transport::plain_address(place.address()).to_string();
}

byte_vector der_of_certificate(X509* shown) {
  unsigned char* der = nullptr;
  const int size = shown == nullptr ? -1 : i2d_X509(shown, &der);
  if (size <= 0) throw std::runtime_error("a connection without a certificate");
  byte_vector out{der, der + size};
  OPENSSL_free(der);
  return out;
}

}  // namespace

join_channel::join_channel(tcp::socket socket, tls_context tls, bool dials)
    : tls_{std::move(tls)},
      dials_{dials},
      stream_{std::move(socket), *tls_},
      deadline_{stream_.get_executor()} {
  asio::error_code gone;  // then the handshake says so
  const auto remote = stream_.next_layer().remote_endpoint(gone);
  if (!gone) remote_ = address_of(remote);
  // Small frames in turn: waiting for more to send would cost 40 ms each.
  stream_.next_layer().set_option(tcp::no_delay{true}, gone);
  const auto local = stream_.next_layer().local_endpoint(gone);
  if (!gone) local_ = address_of(local);
}

void join_channel::start(std::chrono::milliseconds deadline, then_done then) {
  deadline_.expires_after(deadline);
  deadline_.async_wait([self = shared_from_this()](asio::error_code stopped) {
    if (stopped) return;
    self->is_late_ = true;
    self->close();
  });
  const auto role = dials_ ? asio::ssl::stream_base::client : asio::ssl::stream_base::server;
  stream_.async_handshake(role, [self = shared_from_this(), then = std::move(then)](
                                    asio::error_code error) { then(self->words_for(error)); });
}

void join_channel::read(std::size_t limit, then_read then) {
  asio::async_read(stream_, asio::buffer(head_),
                   [self = shared_from_this(), limit, then = std::move(then)](
                       asio::error_code error, std::size_t) mutable {
                     if (error) return then({}, self->words_for(error));
                     self->read_body(limit, std::move(then));
                   });
}

void join_channel::read_body(std::size_t limit, then_read then) {
  const std::size_t size = length_in(head_);
  if (size > limit) return then({}, "sent more than anybody who joins would");
  in_.resize(size);
  asio::async_read(
      stream_, asio::buffer(in_),
      [self = shared_from_this(), then = std::move(then)](asio::error_code error, std::size_t) {
        then(std::move(self->in_), self->words_for(error));
      });
}

void join_channel::write(const byte_vector& frame, then_done then) {
  out_.clear();
  for (std::size_t i = 0; i < head_.size(); ++i)
    out_.push_back(static_cast<std::uint8_t>(frame.size() >> (8U * i)));
  out_.insert(out_.end(), frame.begin(), frame.end());
  asio::async_write(stream_, asio::buffer(out_),
                    [self = shared_from_this(), then = std::move(then)](
                        asio::error_code error, std::size_t) { then(self->words_for(error)); });
}

void join_channel::close() {
  asio::error_code ignored;  // it is closed either way
  deadline_.cancel();
  stream_.next_layer().shutdown(tcp::socket::shutdown_both, ignored);
  stream_.next_layer().close(ignored);
}

channel_binding join_channel::binding() {
  channel_binding out;
  out.exported.resize(exported_bytes);
  auto* ssl = stream_.native_handle();
  if (SSL_export_keying_material(ssl, out.exported.data(), out.exported.size(),
                                 exporter_label.data(), exporter_label.size(), nullptr, 0, 0) != 1)
    throw std::runtime_error("OpenSSL exports no keying material");
  out.certificate =
      der_of_certificate(dials_ ? SSL_get0_peer_certificate(ssl) : SSL_get_certificate(ssl));
  return out;
}

std::string join_channel::words_for(const asio::error_code& error) const {
  if (!error) return "";
  if (is_late_) return "took too long";
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated ||
      error == asio::error::connection_reset || error == asio::error::broken_pipe ||
      error == asio::error::operation_aborted)
    return "closed the connection";
  return "does not speak as it should (" + error.message() + ")";
}

}  // namespace bramble
