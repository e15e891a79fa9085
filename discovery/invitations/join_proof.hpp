#pragma once

#include "config/base/codec.hpp"
#include "discovery/invitations/join_code.hpp"
#include "discovery/invitations/join_messages.hpp"

namespace bramble {

// Each side proves to the other that it knows the invitation's secret, and tells nobody what it is:
// HMAC-SHA-256 with the secret as key over what both see alike. That is
//
// - keying material exported from this very TLS connection (RFC 8446, 7.5), to which both sides
// gave
//   fresh random bits: a proof is worth nothing on another connection, so that nobody in between
//   can hand it on, and none can be replayed;
// - the certificate that the inviting node showed on it;
// - all of the message, with the request for a certificate in it.
//
// The two sides have words of their own in front, so that neither proof can be the other.

/// What belongs to one connection alone; the same on both sides of it.
struct channel_binding {
  byte_vector exported;     ///< by SSL_export_keying_material
  byte_vector certificate;  ///< of the inviting node, DER

  bool operator==(const channel_binding&) const = default;
};

/// Fills in its proof.
void prove(join_request& request, const join_secret& secret, const channel_binding& where);
void prove(join_answer& answer, const join_secret& secret, const channel_binding& where);

/// Whether its proof is of that secret, on that connection. Takes as long for a wrong one.
bool is_proven(const join_request& request, const join_secret& secret,
               const channel_binding& where);
bool is_proven(const join_answer& answer, const join_secret& secret, const channel_binding& where);

}  // namespace bramble
