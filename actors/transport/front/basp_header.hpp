#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace bramble::basp {

/// The header that stands before everything CAF 0.17.6 sends between processes (its "Binary Actor
/// System Protocol", version 3). All numbers big-endian:
///
///   0 operation   1 nothing   3 flags   4 payload bytes (32 bit)   8 operation data (64 bit)
///   16 source actor (64 bit)   24 destination actor (64 bit)
///
/// CAF believes what stands there: it allocates the payload before the first byte of it came, and
/// reads the payload of a handshake that has none. So nothing reaches it that was not read here.
inline constexpr std::size_t header_bytes = 32;
using header_block = std::array<std::uint8_t, header_bytes>;

enum class operation : std::uint8_t {
  server_handshake = 0,  ///< payload: who accepted, its application, its published actor
  client_handshake = 1,  ///< payload: who dials
  direct_message = 2,    ///< operation data: the message's number; payload: the message
  routed_message = 3,    ///< on behalf of a third node
  monitor_message = 4,   ///< tell me when that actor ends
  down_message = 5,      ///< that actor ended
  heartbeat = 6
};

/// Of a direct message: the destination is the name of an actor.
inline constexpr std::uint8_t named_receiver = 0x01;
/// Of a client's second handshake: use this connection.
inline constexpr std::uint8_t select_connection = 0x02;

struct header {
  basp::operation operation = basp::operation::heartbeat;
  std::uint8_t flags = 0;
  std::uint32_t payload_bytes = 0;
  std::uint64_t operation_data = 0;
  std::uint64_t source_actor = 0;
  std::uint64_t destination_actor = 0;
};

/// Reads a header and looks whether CAF may see it: the fields that its operation leaves free are
/// empty, and it has a payload if and only if it has to, of `limit` bytes at most. Nothing when all
/// is well; else the rest of a sentence that begins with the peer's name. Messages on behalf of
/// others are refused: Bramble's nodes talk to each other directly.
std::optional<std::string> decode_header(const header_block& block, std::size_t limit, header& out);

/// Without any check, for what this process sends itself.
header read_header(const header_block& block);

header_block encode_header(const header& from);

}  // namespace bramble::basp
