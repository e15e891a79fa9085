#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace bramble {

/// What a frame of the data plane carries. The kinds below 16 are the data plane's own and never
/// reach `on_frame`.
enum class frame_kind : std::uint8_t {
  hello = 1,
  ping = 2,
  pong = 3,
  probe = 4,
  contention = 5,  ///< the large frame before it shared the sender's network card
  tensor = 16,
  blob_request = 17,
  blob_block = 18,
  error = 19,
};

/// In front of each payload, 48 bytes little-endian on the wire (after a magic number that holds
/// the protocol's version). What the fields mean is each kind's own matter: frames.hpp has their
/// names. The data plane itself looks at kind, size, request and transfer alone.
struct frame_header {
  frame_kind kind = frame_kind::tensor;
  std::uint8_t wire = 0;  ///< element type on the wire
  std::uint16_t flags = 0;
  std::uint64_t a = 0;
  std::uint64_t request = 0;  ///< of tensors: of one request, the lower transfer goes first
  std::uint32_t transfer = 0;
  std::uint32_t item = 0;
  std::uint64_t b = 0;
  std::uint64_t size = 0;  ///< payload bytes; `data_plane::send` sets it

  bool operator==(const frame_header&) const = default;
};

/// A frame as received: the payload is 64-byte aligned and belongs to whoever holds `data`, so a
/// tensor can be made over it without a copy. `data` is null when `header.size` is 0.
struct frame {
  frame_header header;
  std::shared_ptr<std::uint8_t> data;

  std::span<const std::uint8_t> bytes() const { return {data.get(), header.size}; }
};

inline constexpr std::size_t frame_header_bytes = 48;
using frame_header_block = std::array<std::uint8_t, frame_header_bytes>;

frame_header_block encode_header(const frame_header& header);

/// Reads `header` and checks it before anybody allocates: magic number, kind, and length against
/// the kind's limit (`frame_limit` for tensors and weights). Returns what is wrong, or nothing.
std::optional<std::string> decode_header(const frame_header_block& block, std::size_t frame_limit,
                                         frame_header& header);

/// `size` bytes, 64-byte aligned and not initialised. Null for 0. Throws `std::bad_alloc`.
std::shared_ptr<std::uint8_t> allocate_payload(std::size_t size);

}  // namespace bramble
