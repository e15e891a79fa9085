#include "discovery/invitations/join_proof.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

#include "config/base/files.hpp"
#include "config/base/hash.hpp"

namespace bramble {
namespace {

constexpr std::size_t proof_bytes = 32;

/// Each part by its hash, so that no two lists of parts are the same bytes.
template <class Message>
byte_vector proof_of(const char* role, Message message, const join_secret& secret,
                     const channel_binding& where) {
  message.proof.clear();
  const auto transcript = std::string{role} + sha256_hex(where.exported) +
                          sha256_hex(where.certificate) + sha256_hex(encode(message));
  byte_vector out(proof_bytes);
  unsigned int size = 0;
  const auto bytes = as_bytes(transcript);
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes.data(), bytes.size(),
           out.data(), &size) == nullptr ||
      size != out.size())
    throw std::runtime_error("OpenSSL has no HMAC-SHA-256");
  return out;
}

template <class Message>
bool is_right(const char* role, const Message& message, const join_secret& secret,
              const channel_binding& where) {
  const auto right = proof_of(role, message, secret, where);
  return message.proof.size() == right.size() &&
         CRYPTO_memcmp(message.proof.data(), right.data(), right.size()) == 0;
}

constexpr const char* asking = "bramble join 1, the one who joins: ";
constexpr const char* answering = "bramble join 1, the one who invites: ";

}  // namespace

void prove(join_request& request, const join_secret& secret, const channel_binding& where) {
  request.proof = proof_of(asking, request, secret, where);
}

void prove(join_answer& answer, const join_secret& secret, const channel_binding& where) {
  answer.proof = proof_of(answering, answer, secret, where);
}

bool is_proven(const join_request& request, const join_secret& secret,
               const channel_binding& where) {
  return is_right(asking, request, secret, where);
}

bool is_proven(const join_answer& answer, const join_secret& secret, const channel_binding& where) {
  return is_right(answering, answer, secret, where);
}

}  // namespace bramble
