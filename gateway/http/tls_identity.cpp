#include "gateway/http/tls_identity.hpp"

#include <openssl/err.h>
#include <sys/stat.h>

#include <array>

#include "config/base/error.hpp"
#include "config/base/files.hpp"
#include "config/certificates.hpp"

namespace bramble::gateway {
namespace {

constexpr std::size_t pem_bytes_most = 1U << 20;

std::shared_ptr<SSL_CTX> make_context(const std::filesystem::path& certificate,
                                      const std::filesystem::path& key) {
  auto chain = certificates_from_pem(read_file(certificate, pem_bytes_most));
  if (chain.empty()) throw user_error(certificate.string() + ": there is no certificate in it.");
  const auto secret = key_from_pem(read_file(key, pem_bytes_most));
  if (!secret)
    throw user_error(key.string() +
                     ": there is no private key in it that can be read without a passphrase.");
  std::shared_ptr<SSL_CTX> out{SSL_CTX_new(TLS_server_method()), &SSL_CTX_free};
  if (!out) throw std::runtime_error("OpenSSL made no TLS context");
  SSL_CTX_set_min_proto_version(out.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(out.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(out.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  const bool fits = SSL_CTX_use_certificate(out.get(), chain.front().get()) == 1 &&
                    SSL_CTX_use_PrivateKey(out.get(), secret.get()) == 1 &&
                    SSL_CTX_check_private_key(out.get()) == 1;
  ERR_clear_error();
  if (!fits)
    throw user_error(key.string() + " is not the key of the certificate in " +
                     certificate.string() + ".");
  for (std::size_t i = 1; i < chain.size(); ++i)
    if (SSL_CTX_add1_chain_cert(out.get(), chain[i].get()) != 1)
      throw user_error(certificate.string() + ": one of its certificates is not usable.");
  return out;
}

}  // namespace

tls_identity::tls_identity(std::filesystem::path certificate, std::filesystem::path key)
    : certificate_{std::move(certificate)},
      key_{std::move(key)},
      seen_{stamp()},
      context_{make_context(certificate_, key_)} {}

std::vector<std::int64_t> tls_identity::stamp() const {
  std::vector<std::int64_t> out;
  for (const auto* file : {&certificate_, &key_}) {
    struct stat is {};
    if (::stat(file->c_str(), &is) != 0) continue;
    out.insert(out.end(),
               {is.st_mtim.tv_sec, is.st_mtim.tv_nsec, static_cast<std::int64_t>(is.st_ino)});
  }
  return out;
}

std::shared_ptr<SSL_CTX> tls_identity::now() {
  const std::lock_guard lock{mutex_};
  auto found = stamp();
  if (found == seen_) return context_;
  seen_ = std::move(found);
  try {
    context_ = make_context(certificate_, key_);
  } catch (const user_error&) {
    // One of two files that are being replaced: the other changes as well, and is looked at then.
  }
  return context_;
}

}  // namespace bramble::gateway
