#pragma once

#include <asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "config/keys.hpp"
#include "discovery/invitations/join_code.hpp"

namespace bramble {

/// TLS 1.3 for the inviting node: it shows its certificate and that of the authority, and asks for
/// none. Throws `user_error`.
std::shared_ptr<asio::ssl::context> make_inviting_tls(const key_paths& paths);

/// What the one who joins found out about the other side while it looked at its certificates.
struct inviting_side {
  join_fingerprint authority{};  ///< that it has to be of
  std::string trouble;           ///< a sentence, where it is not
  bool is_clock = false;         ///< it is, and our clock is wrong
};

/// TLS 1.3 for the one who joins: the handshake ends at once, before a byte of ours, unless the
/// other side has the authority of which the code has the fingerprint and a certificate of it.
/// `whom` outlives the context.
std::shared_ptr<asio::ssl::context> make_joining_tls(inviting_side& whom);

}  // namespace bramble
