#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/certificates.hpp"

namespace bramble {

// The authority of a cluster can be followed by another. The new one has a key of its own and the
// same name, says which cluster it is of and until when the former ones are trusted beside it, and
// is vouched for by the one before it: nodes that know only that one trust what the new one signs.
// Any thread.

/// What an authority that followed another says.
struct succession {
  std::string founder;     ///< `fingerprint` of the authority that the cluster was begun with
  wall_time former_until;  ///< those before it are trusted until then
};

/// Nothing for the first authority of a cluster, and for what cannot be read.
std::optional<succession> succession_of(const X509& authority);

/// Of the authority that the cluster was begun with: what a cluster is known by for good.
std::string founder_of(X509& authority);

/// An authority that follows `former`, with a fresh key.
struct successor {
  private_key key;
  certificate authority;
  certificate cross;  ///< the former one's word for it, until `former_until`
};
successor make_successor(X509& former, EVP_PKEY& former_key, validity when, wall_time former_until);

/// As the list of what was issued has it.
std::string listed_fingerprint(X509& authority);

std::vector<std::string> fingerprints_of(const std::vector<certificate>& all);

/// Those that have signed themselves, in their order; others are left out.
std::vector<certificate> authorities_among(std::vector<certificate> all);

/// The first, which is the present one, and of the others those that are trusted beside it at
/// `now`.
std::vector<certificate> trusted_at(std::vector<certificate> authorities, wall_time now);
/// The same of the authorities among the certificates in PEM text, as `key_paths::ca_crt` has them.
std::vector<certificate> trusted_in(byte_span pem, wall_time now);

/// Each once, in PEM.
std::string to_pem(const std::vector<certificate>& all);

}  // namespace bramble
