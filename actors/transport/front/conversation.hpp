#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "actors/transport/front/basp_header.hpp"
#include "actors/transport/front/identity.hpp"
#include "config/base/codec.hpp"

namespace bramble::basp {

/// What becomes of a message that came.
struct verdict {
  enum class kind : std::uint8_t {
    pass,   ///< CAF may have it
    drop,   ///< well-formed, but for nobody here: an answer too late, an actor it may not know
    refuse  ///< no honest peer sends it: the connection ends
  } what = kind::pass;
  std::string why;  ///< the rest of a sentence that begins with the peer's name
};

/// One connection between this process and that of a certified peer, as far as it decides what the
/// peer may say: who it may be (its node id has to follow from its certificate), in which order it
/// speaks, and to whom. A peer speaks to the actor that we published and to those of ours that
/// asked it something, once for each question; every actor it mentions has to be its own.
class conversation {
 public:
  enum class role : std::uint8_t { accepted, dialled };  ///< what we did

  conversation(role ours, const process_identity& mine, const std::string& certified);

  /// A whole message of the peer, its header well-formed. `face` is the actor we published; 0:
  /// none.
  verdict arrived(const header& head, byte_span payload, std::uint64_t face);

  /// A message of ours goes to the peer.
  void sent(const header& head);

  /// Both handshakes are over, as far as they can be seen from here.
  bool is_open() const { return peer_.has_value(); }

 private:
  void check_handshake(const header& head, byte_span payload);
  void check_between_nodes(byte_span payload, bool with_error) const;
  verdict check_message(const header& head, byte_span payload, std::uint64_t face);
  bool is_answer_awaited(const header& head);

  /// Actor and number of a request of ours.
  using question = std::pair<std::uint64_t, std::uint64_t>;

  const role ours_;
  const process_identity mine_;
  const std::array<std::uint8_t, 20> peer_host_;
  std::optional<process_identity> peer_;
  int handshakes_ = 0;
  std::map<question, std::uint64_t> asked_;  ///< and when, counted in questions
  std::map<std::uint64_t, question> in_order_;
  std::uint64_t questions_ = 0;
  std::set<std::uint64_t> introducers_;  ///< CAF's own actors that greeted the peer's CAF
};

}  // namespace bramble::basp
