#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/defaults_join.hpp"

namespace bramble {

using join_secret = std::array<std::uint8_t, defaults::join_secret_bytes>;
using join_fingerprint = std::array<std::uint8_t, defaults::join_fingerprint_bytes>;

/// What `bramble invite` prints and `bramble join` takes: where the inviting node is, whom to trust
/// there, and the secret that says that one was invited.
///
///   10.0.0.7+pi1.local/K7Q2M-94TZX-...        or   10.0.0.7/7800/K7Q2M-94TZX-...
///   K7Q2M-94TZX-...                           for who looks on the network (discovery/mdns)
///
/// Hosts stand in the clear, so that people and scripts see where it leads; what follows is the
/// fingerprint, the secret, the packages where there are some, and a checksum over everything, by
/// Crockford's base 32: no letter that looks like a digit, and lower case is the same.
struct join_code {
  std::vector<std::string> hosts;  ///< names or addresses without scope; none: it has to be found
  std::uint16_t port = defaults::join_port;  ///< nothing is said of it where there are no hosts
  join_fingerprint authority{};              ///< the first bits of the SHA-256 of its certificate
  join_secret secret{};
  /// The first bits of the SHA-256 of the list of packages that the inviting node gives away
  /// (config/packages.hpp), for a machine that has no program yet; nothing: it gives none.
  std::optional<join_fingerprint> packages = {};

  bool operator==(const join_code&) const = default;
};

std::string format_join_code(const join_code& code);

/// The reverse; throws `user_error`. Forgives lower case, missing dashes, and blanks around.
join_code parse_join_code(std::string_view text);

/// From `fingerprint` of the authority's certificate, 64 hexadecimal digits.
join_fingerprint short_fingerprint(const std::string& digits);

/// Random bits of OpenSSL.
join_secret make_join_secret();

}  // namespace bramble
