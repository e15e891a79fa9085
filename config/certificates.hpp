#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/base/codec.hpp"

namespace bramble {

// X.509 by OpenSSL, without files: config/keys.hpp decides what is kept where. Errors of OpenSSL
// that nobody can put right are std::runtime_error. Any thread.

using wall_time = std::chrono::system_clock::time_point;
using private_key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using certificate_request = std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)>;

struct validity {
  wall_time from;
  wall_time until;
};

/// A fresh key on the curve P-256: quick on a Pi, and known to every TLS.
private_key make_key();

/// A certificate authority, signed by itself, that can sign nodes and nothing below them. `name` is
/// its common name, at most 64 characters; `uris` are what it says beside that, without commas.
certificate make_authority(EVP_PKEY& key, const std::string& name, validity when,
                           const std::vector<std::string>& uris = {});

/// The name and key of `authority`, vouched for by the one that was before it: whoever trusts only
/// that one trusts what the new one signs. Both have one name, so that nothing is between them as
/// X.509 counts (RFC 5280, 4.2.1.9).
certificate make_cross_certificate(X509& authority, X509& former, EVP_PKEY& former_key,
                                   validity when);

/// A certificate for `key`, good as TLS server and client, for the host `node_name`.
certificate make_node_certificate(EVP_PKEY& key, const std::string& node_name, X509& authority,
                                  EVP_PKEY& authority_key, validity when);

/// Asks an authority for a certificate of `key` for `node_name`, signed by `key`: whoever sends it
/// has the private half, which stays where it is. DER.
byte_vector make_certificate_request(EVP_PKEY& key, const std::string& node_name);

/// The reverse; null where the bytes are none, are not signed by the key in them, or the key is not
/// of the kind that `make_key` makes.
certificate_request request_from_der(byte_span der);

/// What a certificate is to be made for.
private_key key_of(X509_REQ& request);

/// SHA-256 of the public half, 64 hexadecimal digits: the same key is the same machine.
std::string fingerprint(EVP_PKEY& key);

/// As the authority numbered it: hexadecimal digits.
std::string serial_number(const X509& certificate);

std::string to_pem(EVP_PKEY& key);
std::string to_pem(X509& certificate);

/// The first private key (never an encrypted one), or the first certificate, in PEM text; null when
/// there is none that can be read. Other text around them is skipped.
private_key key_from_pem(byte_span pem);
certificate certificate_from_pem(byte_span pem);

/// All of them, in their order, up to the first that cannot be read.
std::vector<certificate> certificates_from_pem(byte_span pem);

/// Whether both halves of `key` are whole and `certificate` is for it.
bool is_key_of(EVP_PKEY& key, const X509& certificate);

/// Whether `certificate` may sign others, and has signed itself: any damage to it shows here.
bool is_authority(X509& certificate);

/// Why `authority` does not vouch for `node` as TLS server and client at `now`; empty when it does.
/// Looks at signatures, dates and purposes. OpenSSL's words.
std::string why_not_trusted(X509& node, X509& authority, wall_time now);

/// The same for several authorities, of which one is enough, and `between`: certificates that may
/// lead from the node's to one of them.
std::string why_not_trusted(X509& node, const std::vector<certificate>& authorities,
                            const std::vector<certificate>& between, wall_time now);

/// Whether one of `authorities` vouches for the key of `other`, by way of `between`.
bool is_vouched_for(X509& other, const std::vector<certificate>& authorities,
                    const std::vector<certificate>& between, wall_time now);

std::string common_name(const X509& certificate);

/// What `make_authority` was given.
std::vector<std::string> uris_of(const X509& certificate);

/// Nothing when they are damaged.
std::optional<validity> dates_of(const X509& certificate);

/// SHA-256 over the whole certificate, 64 hexadecimal digits.
std::string fingerprint(X509& certificate);

/// "2035-11-23", in UTC.
std::string format_date(wall_time when);

}  // namespace bramble
