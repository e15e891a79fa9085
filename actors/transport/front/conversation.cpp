#include "actors/transport/front/conversation.hpp"

#include <algorithm>

#include "actors/transport/front/basp_payload.hpp"
#include "config/base/error.hpp"
#include "config/defaults_front.hpp"

namespace bramble::basp {
namespace {

// A message's number in CAF: two flags, two bits for its urgency or stream, then the number itself,
// which only requests and their answers have.
constexpr std::uint64_t is_response = 1ULL << 63;
constexpr std::uint64_t is_answered = 1ULL << 62;
constexpr std::uint64_t is_stream = 1ULL << 61;
constexpr std::uint64_t number_bits = (1ULL << 60) - 1;

/// CAF's own greeting after a handshake goes to an actor of this name.
constexpr std::uint64_t greeted_by_name = atom("SpawnServ");

/// A dialling CAF repeats its handshake once, to say which connection it chose.
constexpr int most_handshakes = 8;

/// A node publishes one actor with a dozen and a half messages; an application has one name.
constexpr std::size_t most_names = 256;

void skip_names(payload_reader& from) {
  const auto count = from.length();
  if (count > most_names) throw user_error("sent a handshake with too many names");
  for (std::size_t i = 0; i < count; ++i) from.text();
}

}  // namespace

conversation::conversation(role ours, const process_identity& mine, const std::string& certified)
    : ours_{ours}, mine_{mine}, peer_host_{host_of_name(certified)} {}

verdict conversation::arrived(const header& head, byte_span payload, std::uint64_t face) {
  try {
    const bool shakes = head.operation == operation::server_handshake ||
                        head.operation == operation::client_handshake;
    if (shakes) {
      check_handshake(head, payload);
      return {};
    }
    if (!peer_) throw user_error("spoke before its handshake");
    switch (head.operation) {
      case operation::direct_message:
        return check_message(head, payload, face);
      case operation::monitor_message:
        check_between_nodes(payload, false);
        return {};
      case operation::down_message:
        check_between_nodes(payload, true);
        return {};
      default:
        return {};
    }
  } catch (const user_error& e) {
    return {verdict::kind::refuse, e.what()};
  }
}

void conversation::check_handshake(const header& head, byte_span payload) {
  const auto expected =
      ours_ == role::accepted ? operation::client_handshake : operation::server_handshake;
  const int most = ours_ == role::accepted ? most_handshakes : 1;
  if (head.operation != expected || ++handshakes_ > most)
    throw user_error("sent a handshake that is out of place");
  payload_reader from{payload};
  const auto who = from.node();
  if (expected == operation::server_handshake) {
    skip_names(from);
    from.number(8);
    skip_names(from);
  }
  from.end();
  if (!who || who->process == 0 || who->host != peer_host_)
    throw user_error("claims to be another node than its certificate says");
  if (peer_ && *peer_ != *who) throw user_error("claims to be two processes");
  peer_ = who;
}

void conversation::check_between_nodes(byte_span payload, bool with_error) const {
  payload_reader from{payload};
  if (from.node() != peer_ || from.node() != mine_)
    throw user_error("speaks of an actor's end on behalf of another node");
  if (with_error) read_error(from);
  from.end();
}

verdict conversation::check_message(const header& head, byte_span payload, std::uint64_t face) {
  payload_reader from{payload};
  if (from.length() != 0) throw user_error("sent a message by way of other actors");
  const auto types = read_message(from);
  from.end();
  for (const auto& each : types.nodes)
    if (each != *peer_) throw user_error("sent the handle of an actor that is not its own");
  if (types.are({"@atom", "@strong_actor_ptr"}))
    throw user_error("asked for its actors to be linked with those of this node");
  const auto number = head.operation_data;
  if ((number & (is_answered | is_stream)) != 0)
    throw user_error("sent a message with an impossible number");
  const bool greets = types.are({"@atom", "@atom", "@str"}) && (number & number_bits) == 0;
  if ((head.flags & named_receiver) != 0) {
    if (!greets || head.destination_actor != greeted_by_name)
      throw user_error("sent a message to an actor by its name");
    return {};
  }
  if ((number & is_response) != 0)
    return is_answer_awaited(head) ? verdict{}
                                   : verdict{verdict::kind::drop, "answered what nobody asked it"};
  if (face != 0 && head.destination_actor == face) return {};
  const bool introduces =
      types.are({"@atom", "@str", "@strong_actor_ptr", "@str"}) && (number & number_bits) == 0;
  if (introduces && introducers_.erase(head.destination_actor) != 0) return {};
  return {verdict::kind::drop, "spoke to an actor that it may not know"};
}

bool conversation::is_answer_awaited(const header& head) {
  const auto at = asked_.find({head.destination_actor, head.operation_data & number_bits});
  if (at == asked_.end()) return false;
  in_order_.erase(at->second);
  asked_.erase(at);
  return true;
}

void conversation::sent(const header& head) {
  if (head.operation != operation::direct_message || (head.operation_data & is_response) != 0)
    return;
  if ((head.flags & named_receiver) != 0) {
    if (introducers_.size() < most_handshakes) introducers_.insert(head.source_actor);
    return;
  }
  const auto number = head.operation_data & number_bits;
  if (number == 0) return;
  const question what{head.source_actor, number};
  const auto when = ++questions_;
  if (const auto before = asked_.find(what); before != asked_.end())
    in_order_.erase(before->second);
  asked_[what] = when;
  in_order_[when] = what;
  if (asked_.size() <= defaults::front_requests_limit) return;
  asked_.erase(in_order_.begin()->second);
  in_order_.erase(in_order_.begin());
}

}  // namespace bramble::basp
