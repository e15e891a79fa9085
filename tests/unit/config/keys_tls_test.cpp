// Whom nodes let in with their keys: mutual TLS, as both planes set it up.
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <memory>
#include <string>

#include "config/base/files.hpp"
#include "config/certificates.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/two_nodes.hpp"

using namespace bramble;
using bramble::test::two_nodes;
namespace fs = std::filesystem;

namespace {

using ssl_context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using ssl_session = std::unique_ptr<SSL, decltype(&SSL_free)>;

/// Mutual TLS from the files in a folder, as the control plane and the data plane set it up.
ssl_context context_of(const fs::path& folder) {
  const key_paths paths{folder};
  ssl_context context{SSL_CTX_new(TLS_method()), &SSL_CTX_free};
  REQUIRE(SSL_CTX_use_certificate_chain_file(context.get(), paths.node_crt.c_str()) == 1);
  REQUIRE(SSL_CTX_use_PrivateKey_file(context.get(), paths.node_key.c_str(), SSL_FILETYPE_PEM) ==
          1);
  REQUIRE(SSL_CTX_load_verify_locations(context.get(), paths.ca_crt.c_str(), nullptr) == 1);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return context;
}

struct handshake {
  bool server_done = false;
  bool client_done = false;
  long server_verdict = X509_V_OK;
  long client_verdict = X509_V_OK;
  std::string received;  ///< what the server sent to the client afterwards
};

/// Runs both ends in this thread over a pair of memory buffers until neither gets on.
handshake shake_hands(SSL_CTX& server_context, SSL_CTX& client_context, const char* server_name) {
  const ssl_session server{SSL_new(&server_context), &SSL_free};
  const ssl_session client{SSL_new(&client_context), &SSL_free};
  BIO* server_end = nullptr;
  BIO* client_end = nullptr;
  REQUIRE(BIO_new_bio_pair(&server_end, 0, &client_end, 0) == 1);
  SSL_set_bio(server.get(), server_end, server_end);
  SSL_set_bio(client.get(), client_end, client_end);
  SSL_set_accept_state(server.get());
  SSL_set_connect_state(client.get());
  REQUIRE(SSL_set1_host(client.get(), server_name) == 1);
  for (int turn = 0; turn < 20; ++turn) {
    SSL_do_handshake(client.get());
    SSL_do_handshake(server.get());
  }
  handshake out{SSL_is_init_finished(server.get()) == 1, SSL_is_init_finished(client.get()) == 1,
                SSL_get_verify_result(server.get()), SSL_get_verify_result(client.get()), ""};
  if (out.server_done && out.client_done && SSL_write(server.get(), "leaves", 6) == 6) {
    out.received.resize(6);
    if (SSL_read(client.get(), out.received.data(), 6) != 6) out.received.clear();
  }
  ERR_clear_error();
  return out;
}

}  // namespace

TEST_CASE("two nodes of a cluster shake hands, either way round, under their names") {
  const two_nodes nodes;
  const auto a = context_of(nodes.a), b = context_of(nodes.b);
  for (const auto& result : {shake_hands(*a, *b, "a"), shake_hands(*b, *a, "b")}) {
    CHECK(result.server_done);
    CHECK(result.client_done);
    CHECK(result.server_verdict == X509_V_OK);
    CHECK(result.client_verdict == X509_V_OK);
    CHECK(result.received == "leaves");
  }
  CHECK(shake_hands(*a, *b, "c").client_verdict == X509_V_ERR_HOSTNAME_MISMATCH);
}

TEST_CASE("a node of another cluster is refused, as server and as client") {
  const two_nodes ours, theirs;
  const auto us = context_of(ours.b), them = context_of(theirs.b);
  // The stranger would accept us: it is our side that has to refuse.
  REQUIRE(SSL_CTX_load_verify_locations(them.get(), key_paths{ours.a}.ca_crt.c_str(), nullptr) ==
          1);
  const auto as_client = shake_hands(*us, *them, "b");
  CHECK_FALSE(as_client.server_done);
  CHECK(as_client.server_verdict != X509_V_OK);
  CHECK(as_client.client_verdict == X509_V_OK);
  const auto as_server = shake_hands(*them, *us, "b");
  CHECK_FALSE(as_server.client_done);
  CHECK(as_server.client_verdict != X509_V_OK);
}

TEST_CASE("what a node has signed with its own key is refused") {
  const two_nodes nodes;
  const auto rogue_key = key_from_pem(read_file(nodes.b / "node.key"));
  const auto rogue = certificate_from_pem(read_file(nodes.b / "node.crt"));
  CHECK(X509_check_ca(rogue.get()) == 0);
  const auto now = std::chrono::system_clock::now();
  const auto key = make_key();
  const auto forged = make_node_certificate(
      *key, "a", *rogue, *rogue_key, {now - std::chrono::hours{1}, now + std::chrono::hours{1}});
  const auto stranger = context_of(nodes.b);
  REQUIRE(SSL_CTX_use_certificate(stranger.get(), forged.get()) == 1);
  REQUIRE(SSL_CTX_use_PrivateKey(stranger.get(), key.get()) == 1);
  REQUIRE(SSL_CTX_add1_chain_cert(stranger.get(), rogue.get()) == 1);
  const auto us = context_of(nodes.a);
  const auto result = shake_hands(*us, *stranger, "a");
  CHECK_FALSE(result.server_done);
  CHECK(result.server_verdict != X509_V_OK);
}

TEST_CASE("a client without a certificate is refused") {
  const two_nodes nodes;
  const ssl_context bare{SSL_CTX_new(TLS_method()), &SSL_CTX_free};
  const auto server = context_of(nodes.a);
  CHECK_FALSE(shake_hands(*server, *bare, "a").server_done);
}
