#include "actors/transport/front/basp_header.hpp"

namespace bramble::basp {
namespace {

template <class Number>
Number take(const std::uint8_t* from) {
  Number out = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) out = static_cast<Number>(out << 8 | from[i]);
  return out;
}

template <class Number>
void put(Number value, std::uint8_t* to) {
  for (std::size_t i = sizeof(Number); i-- != 0; value >>= 8)
    to[i] = static_cast<std::uint8_t>(value & 0xFF);
}

/// What stands in a header that its operation has no use for.
struct spare_fields {
  bool flags, data, source, destination;
};

bool are_empty(const header& which, spare_fields spare) {
  return !(spare.flags && which.flags != 0) && !(spare.data && which.operation_data != 0) &&
         !(spare.source && which.source_actor != 0) &&
         !(spare.destination && which.destination_actor != 0);
}

/// Whether the fields fit the operation. An own switch, since CAF's lets handshakes pass that have
/// no payload.
bool is_well_formed(const header& which) {
  const bool has_payload = which.payload_bytes != 0;
  switch (which.operation) {
    case operation::server_handshake:
      return has_payload && which.operation_data != 0 &&
             are_empty(which, {true, false, true, true});
    case operation::client_handshake:
      return has_payload && (which.flags & ~select_connection) == 0 &&
             are_empty(which, {false, true, true, true});
    case operation::direct_message:
      return has_payload && which.destination_actor != 0 && (which.flags & ~named_receiver) == 0;
    case operation::monitor_message:
      return has_payload && which.destination_actor != 0 &&
             are_empty(which, {true, true, true, false});
    case operation::down_message:
      return has_payload && which.source_actor != 0 && are_empty(which, {true, true, false, true});
    case operation::heartbeat:
      return !has_payload && are_empty(which, {true, true, true, true});
    case operation::routed_message:
      return false;
  }
  return false;
}

}  // namespace

header read_header(const header_block& block) {
  const auto* at = block.data();
  return {static_cast<operation>(at[0]), at[3],
          take<std::uint32_t>(at + 4),   take<std::uint64_t>(at + 8),
          take<std::uint64_t>(at + 16),  take<std::uint64_t>(at + 24)};
}

std::optional<std::string> decode_header(const header_block& block, std::size_t limit,
                                         header& out) {
  out = read_header(block);
  const auto kind = std::to_string(block[0]);
  if (block[0] > static_cast<std::uint8_t>(operation::heartbeat))
    return "sent a message of unknown kind " + kind;
  if (out.payload_bytes > limit)
    return "announced a message of " + std::to_string(out.payload_bytes) + " bytes; " +
           std::to_string(limit) + " are allowed";
  if (out.operation == operation::routed_message) return "sent a message on behalf of another node";
  if (block[1] != 0 || block[2] != 0 || !is_well_formed(out))
    return "sent a malformed header of kind " + kind;
  return std::nullopt;
}

header_block encode_header(const header& from) {
  header_block out{};
  out[0] = static_cast<std::uint8_t>(from.operation);
  out[3] = from.flags;
  put(from.payload_bytes, out.data() + 4);
  put(from.operation_data, out.data() + 8);
  put(from.source_actor, out.data() + 16);
  put(from.destination_actor, out.data() + 24);
  return out;
}

}  // namespace bramble::basp
