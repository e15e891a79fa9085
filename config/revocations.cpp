#include "config/revocations.hpp"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "config/authorities.hpp"
#include "config/base/error.hpp"
#include "config/base/files.hpp"
#include "config/defaults.hpp"
#include "config/defaults_join.hpp"
#include "config/freed_by.hpp"

namespace bramble {
namespace {

using asn1_integer = std::unique_ptr<ASN1_INTEGER, freed_by<ASN1_INTEGER_free>>;
using asn1_time = std::unique_ptr<ASN1_TIME, freed_by<ASN1_TIME_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free>>;

void demand(bool done) {
  if (done) return;
  ERR_clear_error();
  throw std::runtime_error("OpenSSL cannot make a list of revocations");
}

bool is_signed_by(X509_CRL& list, X509& authority) {
  auto* key = X509_get0_pubkey(&authority);
  return key != nullptr &&
         X509_NAME_cmp(X509_CRL_get_issuer(&list), X509_get_subject_name(&authority)) == 0 &&
         X509_CRL_verify(&list, key) == 1;
}

/// Null where it is none, or is not signed by one of these.
revocation_crl list_from_pem(const std::string& text, const std::vector<certificate>& authorities) {
  const bio_ptr bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  revocation_crl out{bio ? PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr) : nullptr,
                     &X509_CRL_free};
  const bool ours = out && std::ranges::any_of(authorities, [&](const certificate& each) {
                      return is_signed_by(*out, *each);
                    });
  if (!ours) out.reset();
  ERR_clear_error();
  return out;
}

/// 0 where it has none.
std::uint64_t number_of(const X509_CRL& list) {
  const asn1_integer number{
      static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(&list, NID_crl_number, nullptr, nullptr))};
  std::uint64_t out = 0;
  if (!number || ASN1_INTEGER_get_uint64(&out, number.get()) != 1) out = 0;
  ERR_clear_error();
  return out;
}

asn1_integer integer_from_hex(const std::string& serial) {
  BIGNUM* number = nullptr;
  demand(BN_hex2bn(&number, serial.c_str()) > 0);
  const std::unique_ptr<BIGNUM, freed_by<BN_free>> owner{number};
  return asn1_integer{BN_to_ASN1_INTEGER(number, nullptr)};
}

asn1_time time_from(wall_time when) {
  asn1_time out{ASN1_TIME_set(nullptr, std::chrono::system_clock::to_time_t(when))};
  demand(out != nullptr);
  return out;
}

X509_REVOKED* entry_in(X509_CRL& list, ASN1_INTEGER& serial) {
  X509_REVOKED* out = nullptr;
  return X509_CRL_get0_by_serial(&list, &out, &serial) == 1 ? out : nullptr;
}

void revoke_in(X509_CRL& list, const std::string& serial, wall_time now) {
  const auto number = integer_from_hex(serial);
  demand(number != nullptr);
  if (entry_in(list, *number) != nullptr) return;
  std::unique_ptr<X509_REVOKED, freed_by<X509_REVOKED_free>> entry{X509_REVOKED_new()};
  const auto when = time_from(now);
  demand(entry && X509_REVOKED_set_serialNumber(entry.get(), number.get()) == 1 &&
         X509_REVOKED_set_revocationDate(entry.get(), when.get()) == 1 &&
         X509_CRL_add0_revoked(&list, entry.get()) == 1);
  static_cast<void>(entry.release());  // the list has it now
}

/// One after `before`, with all of its entries, unsigned.
revocation_crl following(X509_CRL* before, X509& authority, wall_time now) {
  revocation_crl out{X509_CRL_new(), &X509_CRL_free};
  const asn1_integer number{ASN1_INTEGER_new()};
  constexpr long version_2 = 1;
  const auto when = time_from(now);
  demand(out && number && X509_CRL_set_version(out.get(), version_2) == 1 &&
         X509_CRL_set_issuer_name(out.get(), X509_get_subject_name(&authority)) == 1 &&
         X509_CRL_set1_lastUpdate(out.get(), when.get()) == 1 &&
         // Nobody has to ask for a new one: it is told as soon as there is one.
         X509_CRL_set1_nextUpdate(out.get(), X509_get0_notAfter(&authority)) == 1 &&
         ASN1_INTEGER_set_uint64(number.get(), before == nullptr ? 1 : number_of(*before) + 1) ==
             1 &&
         X509_CRL_add1_ext_i2d(out.get(), NID_crl_number, number.get(), 0, 0) == 1);
  auto* known = before == nullptr ? nullptr : X509_CRL_get_REVOKED(before);
  for (int i = 0; i < sk_X509_REVOKED_num(known); ++i) {
    std::unique_ptr<X509_REVOKED, freed_by<X509_REVOKED_free>> copy{
        X509_REVOKED_dup(sk_X509_REVOKED_value(known, i))};
    demand(copy && X509_CRL_add0_revoked(out.get(), copy.get()) == 1);
    static_cast<void>(copy.release());
  }
  return out;
}

std::string pem_of(X509_CRL& list) {
  const bio_ptr bio{BIO_new(BIO_s_mem())};
  demand(bio && PEM_write_bio_X509_CRL(bio.get(), &list) == 1);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

revocation_crl require_list(const std::string& text, const std::vector<certificate>& authorities,
                            const std::string& what) {
  if (text.size() > defaults::revocations_limit_bytes)
    throw user_error(what + " is longer than any list of revoked certificates.");
  auto out = list_from_pem(text, authorities);
  if (!out || number_of(*out) == 0)
    throw user_error(what + " is damaged, or no list of revoked certificates of this cluster.");
  return out;
}

/// Also such that are trusted no more: they cannot have signed a newer list than the present one.
std::vector<certificate> authorities_of(const key_paths& paths) {
  auto out = authorities_among(
      certificates_from_pem(read_file(paths.ca_crt, defaults::key_file_limit_bytes)));
  if (out.empty())
    throw user_error(paths.ca_crt.string() + ": this is no certificate of an authority.");
  return out;
}

}  // namespace

std::string add_revoked(const std::string& before, const std::vector<certificate>& authorities,
                        EVP_PKEY& authority_key, const std::vector<std::string>& serials,
                        wall_time now) {
  revocation_crl known{nullptr, &X509_CRL_free};
  if (!before.empty()) known = require_list(before, authorities, "The list of revocations so far");
  const auto list = following(known.get(), *authorities.front(), now);
  for (const auto& each : serials) revoke_in(*list, each, now);
  demand(X509_CRL_sort(list.get()) == 1 &&
         X509_CRL_sign(list.get(), &authority_key, EVP_sha256()) != 0);
  auto out = pem_of(*list);
  if (out.size() > defaults::revocations_limit_bytes)
    throw user_error(
        "So many certificates were revoked that their list is too long; begin a new "
        "cluster with `bramble keys init` in an empty folder.");
  return out;
}

revocations::revocations(certificate authority) {
  authorities_.push_back(std::move(authority));
}

revocations::revocations(const key_paths& paths) {
  look_again(paths);
}

void revocations::look_again(const key_paths& paths) {
  auto authorities = authorities_of(paths);
  {
    const std::lock_guard lock{mutex_};
    authorities_ = std::move(authorities);
  }
  std::error_code error;
  if (!std::filesystem::exists(paths.revoked, error)) return;
  try {
    take(as_text(read_file(paths.revoked, defaults::revocations_limit_bytes)));
  } catch (const user_error&) {
    throw user_error(paths.revoked.string() +
                     ": the list of revoked certificates is damaged; move it away: the other nodes "
                     "tell it again (on the node with ca.key, bring it back from a copy).");
  }
}

bool revocations::covers(X509& shown) const {
  return covers_serial(serial_number(shown));
}

bool revocations::covers_serial(const std::string& serial) const {
  const std::lock_guard lock{mutex_};
  if (!list_ || serial.empty()) return false;
  const auto number = integer_from_hex(serial);
  return number && entry_in(*list_, *number) != nullptr;
}

std::uint64_t revocations::number() const {
  const std::lock_guard lock{mutex_};
  return number_;
}

std::string revocations::text() const {
  const std::lock_guard lock{mutex_};
  return text_;
}

bool revocations::take(const std::string& text) {
  const std::lock_guard lock{mutex_};
  auto list = require_list(text, authorities_, "What was told");
  const auto number = number_of(*list);
  if (number <= number_) return false;
  // As OpenSSL writes it: what else stood around the list in the text is not told on.
  text_ = pem_of(*list);
  list_ = std::move(list);
  number_ = number;
  return true;
}

}  // namespace bramble
