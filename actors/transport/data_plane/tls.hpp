#pragma once

#include <asio/ssl/context.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "config/revocations.hpp"

namespace bramble::transport {

/// Where a node's certificate lies; all three in PEM.
struct tls_files {
  std::filesystem::path ca;
  std::filesystem::path certificate;
  std::filesystem::path key;
};

/// TLS 1.3 only, both sides show a certificate of the cluster's CA. Throws `user_error` naming the
/// file that is missing, damaged, or does not fit the others. `cipher_suites` as cipher_choice.hpp
/// makes them. Who shows a certificate that is `revoked` by then is refused; null: nobody is.
asio::ssl::context make_tls_context(const tls_files& files, const std::string& cipher_suites,
                                    std::shared_ptr<const revocations> revoked = nullptr);

/// The name in the certificate file of this node. Throws `user_error`.
std::string common_name_of(const std::filesystem::path& path);

/// The oldest entry of OpenSSL's error queue as text; the queue is empty afterwards.
std::string take_tls_error();

}  // namespace bramble::transport
