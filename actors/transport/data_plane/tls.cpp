#include "actors/transport/data_plane/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <asio/error_code.hpp>
#include <cstdint>
#include <utility>

#include "config/authorities.hpp"
#include "config/base/error.hpp"
#include "config/base/files.hpp"
#include "config/certificates.hpp"

namespace bramble::transport {
namespace {

constexpr std::uint64_t max_pem_bytes = 1U << 20;

/// Four full records: with reading ahead, one system call where there would be four.
constexpr std::size_t read_buffer_bytes = 64U << 10;

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why) {
  throw user_error(path.string() + ": " + why +
                   "; make new certificates of this cluster for this node.");
}

/// After OpenSSL has found all signatures and dates in order, for each certificate of the chain.
/// The dates of the list itself do not matter: a Pi whose clock is wrong shall not let in whom it
/// knows to be revoked.
bool is_welcome(const revocations& revoked, X509_STORE_CTX* chain) {
  if (X509_STORE_CTX_get_error_depth(chain) != 0) return true;
  auto* shown = X509_STORE_CTX_get_current_cert(chain);
  if (shown == nullptr || !revoked.covers(*shown)) return true;
  X509_STORE_CTX_set_error(chain, X509_V_ERR_CERT_REVOKED);
  return false;
}

void trust(SSL_CTX* context, const std::filesystem::path& file) {
  const auto all = trusted_in(read_file(file, max_pem_bytes), std::chrono::system_clock::now());
  if (all.empty()) refuse(file, "is no PEM certificate of an authority");
  for (const auto& each : all)
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), each.get()) != 1)
      refuse(file, "cannot be used (" + take_tls_error() + ")");
}

/// Reading first gives our own sentence for a file that is missing or a folder.
asio::const_buffer pem(const byte_vector& bytes) {
  return asio::buffer(bytes);
}

}  // namespace

asio::ssl::context make_tls_context(const tls_files& files, const std::string& cipher_suites,
                                    std::shared_ptr<const revocations> revoked) {
  asio::ssl::context context{asio::ssl::context::tls};
  SSL_CTX* native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_3_VERSION);
  // The client's list decides in OpenSSL; with these two a side that prefers ChaCha20 gets it
  // whichever role it has.
  SSL_CTX_set_options(native, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  if (SSL_CTX_set_ciphersuites(native, cipher_suites.c_str()) != 1)
    throw user_error("OpenSSL on this machine has none of the ciphers " + cipher_suites + ".");
  SSL_CTX_set_mode(native, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_default_read_buffer_len(native, read_buffer_bytes);
  // Connections live long: resuming them is not worth a state that has to be kept secret.
  SSL_CTX_set_num_tickets(native, 0);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  context.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);

  if (revoked)
    context.set_verify_callback(
        [revoked = std::move(revoked)](bool ok, asio::ssl::verify_context& so_far) {
          return ok && is_welcome(*revoked, so_far.native_handle());
        });

  trust(native, files.ca);
  asio::error_code error;
  const auto certificate = read_file(files.certificate, max_pem_bytes);
  context.use_certificate_chain(pem(certificate), error);
  if (error) refuse(files.certificate, "is no PEM certificate (" + error.message() + ")");
  const auto key = read_file(files.key, max_pem_bytes);
  context.use_private_key(pem(key), asio::ssl::context::pem, error);
  if (error) {
    refuse(files.key, "is not the private key of " + files.certificate.string() + " (" +
                          error.message() + ")");
  }
  ERR_clear_error();
  return context;
}

std::string common_name_of(const std::filesystem::path& path) {
  const auto parsed = certificate_from_pem(read_file(path, max_pem_bytes));
  if (!parsed) refuse(path, "is no PEM certificate");
  return common_name(*parsed);
}

std::string take_tls_error() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "no reason given";
  const char* text = ERR_reason_error_string(code);
  return text != nullptr ? text : "OpenSSL error " + std::to_string(code);
}

}  // namespace bramble::transport
