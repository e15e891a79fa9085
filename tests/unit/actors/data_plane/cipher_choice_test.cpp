#include "actors/transport/data_plane/cipher_choice.hpp"

#include <openssl/ssl.h>

#include "actors/transport/data_plane/tls.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/data_plane_fixture.hpp"

using namespace bramble;
using namespace bramble::transport;

namespace {

constexpr cipher_speeds pi4{21, 123}, pi5{1102, 479};

asio::ssl::context context_of(const std::string& node, const cipher_speeds& speeds) {
  const auto config = testing::config_of(node);
  return make_tls_context({config.ca_file, config.certificate_file, config.key_file},
                          cipher_suites(speeds));
}

struct ssl_deleter {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using ssl_ptr = std::unique_ptr<SSL, ssl_deleter>;

/// What two machines of these speeds agree on.
std::string agreed(const cipher_speeds& client_speeds, const cipher_speeds& server_speeds) {
  auto client_context = context_of("a", client_speeds);
  auto server_context = context_of("b", server_speeds);
  const ssl_ptr client{SSL_new(client_context.native_handle())};
  const ssl_ptr server{SSL_new(server_context.native_handle())};
  auto* const to_server = BIO_new(BIO_s_mem());
  auto* const to_client = BIO_new(BIO_s_mem());
  for (auto* each : {to_server, to_client}) BIO_up_ref(each);
  SSL_set_bio(client.get(), to_client, to_server);
  SSL_set_bio(server.get(), to_server, to_client);
  SSL_set_connect_state(client.get());
  SSL_set_accept_state(server.get());
  for (int i = 0; i < 4; ++i)
    for (auto* each : {client.get(), server.get()}) SSL_do_handshake(each);
  REQUIRE(SSL_is_init_finished(client.get()) == 1);
  return SSL_get_cipher_name(client.get());
}

}  // namespace

TEST_CASE("the cipher is the one that a machine is faster with, and AES in doubt") {
  CHECK(prefers_chacha20(pi4));
  CHECK_FALSE(prefers_chacha20(pi5));
  CHECK_FALSE(prefers_chacha20({3500, 3600}));
  CHECK(prefers_chacha20({0, 100}));  // its OpenSSL has one alone
  CHECK_FALSE(prefers_chacha20({100, 0}));
  const auto& own = own_cipher_speeds();
  CHECK(own.aes_128_gcm > 0);
  CHECK(own.chacha20_poly1305 > 0);
}

TEST_CASE("a side that is slow with AES gets ChaCha20 in either role, and else both get AES") {
  const std::string aes = "TLS_AES_128_GCM_SHA256", chacha = "TLS_CHACHA20_POLY1305_SHA256";
  CHECK(agreed(pi5, pi5) == aes);
  CHECK(agreed(pi4, pi5) == chacha);
  CHECK(agreed(pi5, pi4) == chacha);
  CHECK(agreed(pi4, pi4) == chacha);
}
