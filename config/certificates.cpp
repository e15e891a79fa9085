#include "config/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <limits>
#include <stdexcept>

#include "config/base/hash.hpp"
#include "config/freed_by.hpp"

namespace bramble {
namespace {

using memory_bio = std::unique_ptr<BIO, freed_by<BIO_free>>;

void require(bool done, const char* what) {
  if (done) return;
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
  ERR_clear_error();
  throw std::runtime_error(std::string{"OpenSSL cannot "} + what + ": " + reason.data());
}

/// PEM readers would otherwise ask for a password on the terminal.
int no_password(char* /*to*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return -1;
}

memory_bio reader_of(byte_span bytes) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    throw std::invalid_argument("PEM text of more than 2 GiB");
  // OpenSSL takes no null pointer, even for nothing.
  const void* data = bytes.empty() ? static_cast<const void*>("") : bytes.data();
  memory_bio bio{BIO_new_mem_buf(data, static_cast<int>(bytes.size()))};
  require(bio != nullptr, "read from memory");
  return bio;
}

template <class Write>
std::string written(Write write) {
  memory_bio bio{BIO_new(BIO_s_mem())};
  require(bio != nullptr && write(bio.get()) == 1, "write PEM");
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

/// Serial numbers are random: several first nodes of equal name must not collide.
void set_serial(X509& to) {
  std::unique_ptr<BIGNUM, freed_by<BN_free>> number{BN_new()};
  require(number && BN_rand(number.get(), 128, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
              BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&to)) != nullptr,
          "choose a serial number");
}

void set_time(ASN1_TIME* to, wall_time when) {
  require(ASN1_TIME_set(to, std::chrono::system_clock::to_time_t(when)) != nullptr, "set a date");
}

void extend(X509& to, X509& issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &to, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>> extension{
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
  require(extension && X509_add_ext(&to, extension.get(), -1) == 1, "extend a certificate");
}

/// Everything that a certificate has before its extensions and its signature.
certificate unsigned_certificate(EVP_PKEY& key, const std::string& name, validity when) {
  certificate out{X509_new(), &X509_free};
  constexpr long version_3 = 2;
  require(
      out && X509_set_version(out.get(), version_3) == 1 && X509_set_pubkey(out.get(), &key) == 1,
      "make a certificate");
  set_serial(*out);
  set_time(X509_getm_notBefore(out.get()), when.from);
  set_time(X509_getm_notAfter(out.get()), when.until);
  const auto* text = reinterpret_cast<const unsigned char*>(name.data());
  require(
      X509_NAME_add_entry_by_NID(X509_get_subject_name(out.get()), NID_commonName, MBSTRING_UTF8,
                                 text, static_cast<int>(name.size()), -1, 0) == 1,
      "name a certificate");
  return out;
}

/// `write` is one of OpenSSL's i2d functions.
template <class Write>
byte_vector der_of(Write write) {
  unsigned char* der = nullptr;
  const int size = write(&der);
  require(size > 0, "encode DER");
  const std::unique_ptr<unsigned char, freed_by<[](void* data) { OPENSSL_free(data); }>> owner{der};
  return {der, der + size};
}

/// Keys of other kinds would be signed as well, but a Pi would compute long with some, and OpenSSL
/// has decoders for all of them.
bool is_sound(X509_REQ& request) {
  auto* key = X509_REQ_get0_pubkey(&request);
  std::array<char, 32> curve{};
  return key != nullptr && EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_group_name(key, curve.data(), curve.size(), nullptr) == 1 &&
         std::string{curve.data()} == "prime256v1" && X509_REQ_verify(&request, key) == 1;
}

void sign(X509& to, EVP_PKEY& key) {
  require(X509_sign(&to, &key, EVP_sha256()) != 0, "sign a certificate");
}

std::optional<wall_time> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  // A null pointer would give the present time.
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

using certificate_stack =
    std::unique_ptr<STACK_OF(X509), freed_by<[](STACK_OF(X509) * stack) { sk_X509_free(stack); }>>;

/// `between` stay their owner's.
certificate_stack stack_of(const std::vector<certificate>& between) {
  certificate_stack out{sk_X509_new_null()};
  for (const auto& each : between)
    require(out && sk_X509_push(out.get(), each.get()) > 0, "collect certificates");
  return out;
}

std::string verify(X509& node, const std::vector<X509*>& authorities,
                   const std::vector<certificate>& between, wall_time now, int purpose) {
  const std::unique_ptr<X509_STORE, freed_by<X509_STORE_free>> store{X509_STORE_new()};
  const auto shown = stack_of(between);
  const std::unique_ptr<X509_STORE_CTX, freed_by<X509_STORE_CTX_free>> context{
      X509_STORE_CTX_new()};
  bool ready = store && context;
  for (auto* each : authorities) ready = ready && X509_STORE_add_cert(store.get(), each) == 1;
  if (!ready || X509_STORE_CTX_init(context.get(), store.get(), &node, shown.get()) != 1) {
    ERR_clear_error();
    return "it cannot be verified";
  }
  auto* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_purpose(parameters, purpose);
  X509_VERIFY_PARAM_set_time(parameters, std::chrono::system_clock::to_time_t(now));
  const bool trusted = X509_verify_cert(context.get()) == 1;
  const int reason = X509_STORE_CTX_get_error(context.get());
  ERR_clear_error();
  return trusted ? "" : X509_verify_cert_error_string(reason);
}

std::vector<X509*> pointers_to(const std::vector<certificate>& all) {
  std::vector<X509*> out;
  out.reserve(all.size());
  for (const auto& each : all) out.push_back(each.get());
  return out;
}

std::string why_not_node(X509& node, const std::vector<X509*>& authorities,
                         const std::vector<certificate>& between, wall_time now) {
  for (auto* each : authorities)
    if (!is_authority(*each)) return "that is not the certificate of an authority";
  for (const int purpose : {X509_PURPOSE_SSL_SERVER, X509_PURPOSE_SSL_CLIENT})
    if (auto reason = verify(node, authorities, between, now, purpose); !reason.empty())
      return reason;
  return "";
}

}  // namespace

private_key make_key() {
  private_key key{EVP_EC_gen("P-256"), &EVP_PKEY_free};
  require(key != nullptr, "make a key");
  return key;
}

certificate make_authority(EVP_PKEY& key, const std::string& name, validity when,
                           const std::vector<std::string>& uris) {
  auto out = unsigned_certificate(key, name, when);
  require(X509_set_issuer_name(out.get(), X509_get_subject_name(out.get())) == 1,
          "name an authority");
  extend(*out, *out, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  extend(*out, *out, NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(*out, *out, NID_subject_key_identifier, "hash");
  std::string said;
  for (const auto& each : uris) said += (said.empty() ? "URI:" : ",URI:") + each;
  if (!said.empty()) extend(*out, *out, NID_subject_alt_name, said);
  sign(*out, key);
  return out;
}

certificate make_cross_certificate(X509& authority, X509& former, EVP_PKEY& former_key,
                                   validity when) {
  auto* key = X509_get0_pubkey(&authority);
  require(key != nullptr, "read the key of an authority");
  auto out = unsigned_certificate(*key, common_name(authority), when);
  require(X509_set_issuer_name(out.get(), X509_get_subject_name(&former)) == 1, "name an issuer");
  extend(*out, former, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  extend(*out, former, NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(*out, former, NID_subject_key_identifier, "hash");
  extend(*out, former, NID_authority_key_identifier, "keyid:always");
  sign(*out, former_key);
  return out;
}

certificate make_node_certificate(EVP_PKEY& key, const std::string& node_name, X509& authority,
                                  EVP_PKEY& authority_key, validity when) {
  auto out = unsigned_certificate(key, node_name, when);
  require(X509_set_issuer_name(out.get(), X509_get_subject_name(&authority)) == 1,
          "name an issuer");
  extend(*out, authority, NID_basic_constraints, "critical,CA:FALSE");
  extend(*out, authority, NID_key_usage, "critical,digitalSignature");
  extend(*out, authority, NID_ext_key_usage, "serverAuth,clientAuth");
  extend(*out, authority, NID_subject_alt_name, "DNS:" + node_name);
  extend(*out, authority, NID_subject_key_identifier, "hash");
  extend(*out, authority, NID_authority_key_identifier, "keyid:always");
  sign(*out, authority_key);
  return out;
}

byte_vector make_certificate_request(EVP_PKEY& key, const std::string& node_name) {
  const certificate_request out{X509_REQ_new(), &X509_REQ_free};
  const auto* text = reinterpret_cast<const unsigned char*>(node_name.data());
  require(out && X509_REQ_set_pubkey(out.get(), &key) == 1 &&
              X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(out.get()), NID_commonName,
                                         MBSTRING_UTF8, text, static_cast<int>(node_name.size()),
                                         -1, 0) == 1 &&
              X509_REQ_sign(out.get(), &key, EVP_sha256()) != 0,
          "make a certificate request");
  return der_of([&](unsigned char** to) { return i2d_X509_REQ(out.get(), to); });
}

certificate_request request_from_der(byte_span der) {
  const auto* data = der.data();
  certificate_request out{d2i_X509_REQ(nullptr, &data, static_cast<long>(der.size())),
                          &X509_REQ_free};
  if (out && (data != der.data() + der.size() || !is_sound(*out))) out.reset();
  ERR_clear_error();
  return out;
}

private_key key_of(X509_REQ& request) {
  return {X509_REQ_get_pubkey(&request), &EVP_PKEY_free};
}

std::string fingerprint(EVP_PKEY& key) {
  return sha256_hex(der_of([&](unsigned char** to) { return i2d_PUBKEY(&key, to); }));
}

std::string serial_number(const X509& certificate) {
  const std::unique_ptr<BIGNUM, freed_by<BN_free>> number{
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(&certificate), nullptr)};
  require(number != nullptr, "read a serial number");
  const std::unique_ptr<char, freed_by<[](void* data) { OPENSSL_free(data); }>> text{
      BN_bn2hex(number.get())};
  require(text != nullptr, "write a serial number");
  return text.get();
}

std::string to_pem(EVP_PKEY& key) {
  return written([&](BIO* to) {
    return PEM_write_bio_PKCS8PrivateKey(to, &key, nullptr, nullptr, 0, no_password, nullptr);
  });
}

std::string to_pem(X509& certificate) {
  return written([&](BIO* to) { return PEM_write_bio_X509(to, &certificate); });
}

private_key key_from_pem(byte_span pem) {
  const auto bio = reader_of(pem);
  private_key key{PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr),
                  &EVP_PKEY_free};
  ERR_clear_error();
  return key;
}

certificate certificate_from_pem(byte_span pem) {
  const auto bio = reader_of(pem);
  certificate out{PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr), &X509_free};
  ERR_clear_error();
  return out;
}

std::vector<certificate> certificates_from_pem(byte_span pem) {
  const auto bio = reader_of(pem);
  std::vector<certificate> out;
  while (certificate each{PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr), &X509_free})
    out.push_back(std::move(each));
  ERR_clear_error();
  return out;
}

bool is_key_of(EVP_PKEY& key, const X509& certificate) {
  // The first compares public halves only; the second sees whether the private half is theirs.
  const std::unique_ptr<EVP_PKEY_CTX, freed_by<EVP_PKEY_CTX_free>> context{
      EVP_PKEY_CTX_new_from_pkey(nullptr, &key, nullptr)};
  const bool same = X509_check_private_key(&certificate, &key) == 1 && context &&
                    EVP_PKEY_pairwise_check(context.get()) == 1;
  ERR_clear_error();
  return same;
}

bool is_authority(X509& certificate) {
  auto* key = X509_get0_pubkey(&certificate);
  const bool whole =
      key != nullptr && X509_check_ca(&certificate) != 0 && X509_verify(&certificate, key) == 1;
  ERR_clear_error();
  return whole;
}

std::string why_not_trusted(X509& node, X509& authority, wall_time now) {
  return why_not_node(node, {&authority}, {}, now);
}

std::string why_not_trusted(X509& node, const std::vector<certificate>& authorities,
                            const std::vector<certificate>& between, wall_time now) {
  return why_not_node(node, pointers_to(authorities), between, now);
}

bool is_vouched_for(X509& other, const std::vector<certificate>& authorities,
                    const std::vector<certificate>& between, wall_time now) {
  const auto known = pointers_to(authorities);
  const auto* key = X509_get0_pubkey(&other);
  return key != nullptr && std::ranges::any_of(between, [&](const certificate& each) {
           return EVP_PKEY_eq(X509_get0_pubkey(each.get()), key) == 1 &&
                  verify(*each, known, between, now, X509_PURPOSE_ANY).empty();
         });
}

std::string common_name(const X509& certificate) {
  const auto* name = X509_get_subject_name(&certificate);
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) return "";
  unsigned char* text = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  if (size < 0) {
    ERR_clear_error();
    return "";
  }
  std::string out{reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)};
  OPENSSL_free(text);
  return out;
}

std::vector<std::string> uris_of(const X509& certificate) {
  const std::unique_ptr<GENERAL_NAMES, freed_by<GENERAL_NAMES_free>> names{
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr))};
  ERR_clear_error();
  std::vector<std::string> out;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const auto* each = sk_GENERAL_NAME_value(names.get(), i);
    if (each->type != GEN_URI) continue;
    const auto* text = each->d.uniformResourceIdentifier;
    out.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                     static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  return out;
}

std::optional<validity> dates_of(const X509& certificate) {
  const auto from = time_of(X509_get0_notBefore(&certificate));
  const auto until = time_of(X509_get0_notAfter(&certificate));
  ERR_clear_error();
  if (!from || !until) return std::nullopt;
  return validity{*from, *until};
}

std::string fingerprint(X509& certificate) {
  return sha256_hex(der_of([&](unsigned char** to) { return i2d_X509(&certificate, to); }));
}

std::string format_date(wall_time when) {
  const auto seconds = std::chrono::system_clock::to_time_t(when);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts);
  return text.data();
}

}  // namespace bramble
