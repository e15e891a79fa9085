#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config/certificates.hpp"
#include "config/keys.hpp"

namespace bramble {

// Certificates that the authority took back: a list by X.509's own form (a CRL), with a number that
// grows, signed by the authority. So it does not matter who tells it on, and nobody can make one up
// or bring back an older one.

using revocation_crl = std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)>;

/// The list `before` (PEM; may be empty) with these serial numbers in it as well, and the next
/// number, signed by the first of `authorities`, whose key this is. Throws `user_error` where
/// `before` is of none of them.
std::string add_revoked(const std::string& before, const std::vector<certificate>& authorities,
                        EVP_PKEY& authority_key, const std::vector<std::string>& serials,
                        wall_time now);

/// What a node knows of them. Any thread.
class revocations {
 public:
  /// Nothing is revoked by this authority, as far as is known.
  explicit revocations(certificate authority);
  /// As a folder of keys has it. Throws `user_error` for a list that is damaged.
  explicit revocations(const key_paths& paths);

  bool covers(X509& shown) const;
  /// Hexadecimal digits, as `serial_number` gives them.
  bool covers_serial(const std::string& serial) const;

  std::uint64_t number() const;  ///< 0: no list yet
  std::string text() const;      ///< PEM; empty: no list yet

  /// What somebody tells. True when it is newer than what was known; it is in force then. Throws
  /// `user_error` for what is no list of this authority.
  bool take(const std::string& text);

  /// After the files of the folder changed: there may be another authority, and a newer list.
  /// Throws `user_error` where they cannot be used; then nothing changes.
  void look_again(const key_paths& paths);

 private:
  mutable std::mutex mutex_;
  std::vector<certificate> authorities_;
  revocation_crl list_{nullptr, &X509_CRL_free};
  std::uint64_t number_ = 0;
  std::string text_;
};

}  // namespace bramble
