#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

namespace bramble::gateway {

/// What a server shows of itself: a certificate, with what leads from it to an authority behind it,
/// and its key, both PEM. Read again when the files have changed, since certificates are renewed.
/// Any thread.
class tls_identity {
 public:
  /// Throws `user_error` naming the file that is missing, unreadable, or not its other half.
  tls_identity(std::filesystem::path certificate, std::filesystem::path key);

  /// For new connections, TLS 1.2 or later. Files that are damaged by now leave the old one in use.
  std::shared_ptr<SSL_CTX> now();

 private:
  std::vector<std::int64_t> stamp() const;

  const std::filesystem::path certificate_;
  const std::filesystem::path key_;
  std::mutex mutex_;
  std::vector<std::int64_t> seen_;
  std::shared_ptr<SSL_CTX> context_;
};

}  // namespace bramble::gateway
