#include "actors/transport/join/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>

#include "config/base/files.hpp"
#include "config/certificates.hpp"
#include "config/defaults.hpp"

namespace bramble {
namespace {

std::shared_ptr<asio::ssl::context> make_context() {
  auto out = std::make_shared<asio::ssl::context>(asio::ssl::context::tls);
  SSL_CTX* native = out->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_3_VERSION);
  // Nobody comes twice: no state to be kept for it.
  SSL_CTX_set_num_tickets(native, 0);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  return out;
}

bool is_of(const join_fingerprint& wanted, X509& shown) {
  return short_fingerprint(fingerprint(shown)) == wanted;
}

/// The certificate among those that were shown of which the code has the fingerprint.
X509* authority_among(const STACK_OF(X509) * shown, const join_fingerprint& wanted) {
  for (int i = 0; i < sk_X509_num(shown); ++i)
    if (auto* each = sk_X509_value(shown, i); is_of(wanted, *each)) return each;
  return nullptr;
}

/// Empty where today is not before it begins.
std::string trouble_with_clock(const X509& authority) {
  const auto when = dates_of(authority);
  const auto today = std::chrono::system_clock::now();
  if (!when || today >= when->from) return "";
  return "This machine's clock says " + format_date(today) + ", and the cluster was begun on " +
         format_date(when->from + defaults::validity_head_start) +
         "; set the clock, or wait until it has got the time from the network.";
}

bool judge(inviting_side& whom, X509* node, const STACK_OF(X509) * shown) {
  auto* authority = node == nullptr ? nullptr : authority_among(shown, whom.authority);
  if (authority == nullptr) {
    whom.trouble =
        "The machine that answers there has another authority than the code says: it is of another "
        "cluster, or somebody is in between; nothing was told to it. Compare the code, or type "
        "`bramble invite` for another.";
    return false;
  }
  whom.trouble = trouble_with_clock(*authority);
  whom.is_clock = !whom.trouble.empty();
  if (whom.is_clock) return false;
  const auto why = why_not_trusted(*node, *authority, std::chrono::system_clock::now());
  if (!why.empty())
    whom.trouble = "The machine that answers there has no valid certificate of its cluster (" +
                   why + "); nothing was told to it.";
  return why.empty();
}

int verify_inviting(X509_STORE_CTX* context, void* whom) {
  try {
    if (judge(*static_cast<inviting_side*>(whom), X509_STORE_CTX_get0_cert(context),
              X509_STORE_CTX_get0_untrusted(context))) {
      X509_STORE_CTX_set_error(context, X509_V_OK);
      return 1;
    }
  } catch (const std::exception&) {
    // OpenSSL's stack is no place for exceptions; what cannot be judged is not trusted.
  }
  X509_STORE_CTX_set_error(context, X509_V_ERR_CERT_UNTRUSTED);
  return 0;
}

void use(bool done, const std::filesystem::path& file) {
  ERR_clear_error();
  if (!done)
    throw user_error(file.string() +
                     ": cannot be used for the join port; compare `bramble keys show`.");
}

}  // namespace

std::shared_ptr<asio::ssl::context> make_inviting_tls(const key_paths& paths) {
  auto out = make_context();
  SSL_CTX* native = out->native_handle();
  const auto read = [](const auto& path) {
    return read_file(path, defaults::key_file_limit_bytes);
  };
  const auto node = certificate_from_pem(read(paths.node_crt));
  use(node && SSL_CTX_use_certificate(native, node.get()) == 1, paths.node_crt);
  const auto key = key_from_pem(read(paths.node_key));
  use(key && SSL_CTX_use_PrivateKey(native, key.get()) == 1, paths.node_key);
  const auto authority = certificate_from_pem(read(paths.ca_crt));
  use(authority && SSL_CTX_add1_chain_cert(native, authority.get()) == 1, paths.ca_crt);
  out->set_verify_mode(asio::ssl::verify_none);
  return out;
}

std::shared_ptr<asio::ssl::context> make_joining_tls(inviting_side& whom) {
  auto out = make_context();
  SSL_CTX* native = out->native_handle();
  out->set_verify_mode(asio::ssl::verify_peer);
  SSL_CTX_set_cert_verify_callback(native, verify_inviting, &whom);
  return out;
}

}  // namespace bramble
