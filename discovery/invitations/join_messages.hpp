#pragma once

#include <cstdint>
#include <string>

#include "config/base/codec.hpp"

namespace bramble {

// The conversation of joining: one question, one answer, and a word that it arrived, each a frame
// of TLS (actors/transport/join/channel.hpp). Encoded as config/base/codec.hpp writes.

/// A machine wants to be a node. Nothing in it is secret.
struct join_request {
  static constexpr std::uint32_t current_form = 1;
  std::uint32_t form = current_form;
  std::string version;   ///< of the program
  std::string name;      ///< what it would be called
  bool insists = false;  ///< somebody chose that name; else it is the machine's own
  byte_vector request;   ///< for a certificate: DER, signed with the key that stays there
  byte_vector proof;     ///< that it knows the secret: join_proof.hpp

  template <class Archive>
  void serialize(Archive& archive) {
    archive(form, version, name, insists, request, proof);
  }
};

struct join_answer {
  std::string refused;      ///< a sentence; empty: it is a node now, and the rest means something
  std::string name;         ///< what it is called
  std::string certificate;  ///< PEM, and that of the authority
  std::string authority;
  std::string peers;  ///< where the shelf is: as discovery/peer_memory.hpp writes it
  byte_vector proof;  ///< that the node which answers knows the secret as well

  template <class Archive>
  void serialize(Archive& archive) {
    archive(refused, name, certificate, authority, peers, proof);
  }
};

/// Decode what came from the network. Throw `user_error`.
join_request parse_join_request(byte_span bytes);
join_answer parse_join_answer(byte_span bytes);

}  // namespace bramble
