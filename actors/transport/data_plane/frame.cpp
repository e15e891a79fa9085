#include "actors/transport/data_plane/frame.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "config/defaults.hpp"

namespace bramble {
namespace {

static_assert(std::endian::native == std::endian::little, "headers are copied as they are");

constexpr std::uint32_t magic = 0x31444242;  // "BBD1": Bramble, data plane, version 1

/// The header's fields in the order of the wire; `each(field)` sees every one once.
template <class Header, class Each>
void for_each_field(Header& header, Each each) {
  each(header.kind);
  each(header.wire);
  each(header.flags);
  each(header.a);
  each(header.request);
  each(header.transfer);
  each(header.item);
  each(header.b);
  each(header.size);
}

/// The largest payload of a kind, or nothing for a kind we do not know.
std::optional<std::size_t> limit_of(frame_kind kind, std::size_t frame_limit) {
  switch (kind) {
    case frame_kind::hello:
    case frame_kind::ping:
    case frame_kind::pong:
    case frame_kind::contention:
      return 0;
    case frame_kind::probe:
      return defaults::probe_bytes_most;
    case frame_kind::blob_request:
    case frame_kind::error:
      return std::min(frame_limit, defaults::small_frame_limit_bytes);
    case frame_kind::tensor:
    case frame_kind::blob_block:
      return frame_limit;
  }
  return std::nullopt;
}

}  // namespace

frame_header_block encode_header(const frame_header& header) {
  frame_header_block block;
  std::size_t at = 0;
  const auto put = [&](const auto& field) {
    std::memcpy(block.data() + at, &field, sizeof field);
    at += sizeof field;
  };
  put(magic);
  for_each_field(header, put);
  return block;
}

std::optional<std::string> decode_header(const frame_header_block& block, std::size_t frame_limit,
                                         frame_header& header) {
  std::size_t at = 0;
  const auto take = [&](auto& field) {
    std::memcpy(&field, block.data() + at, sizeof field);
    at += sizeof field;
  };
  std::uint32_t found = 0;
  take(found);
  if (found != magic) return "sent something that is no frame of this version";
  for_each_field(header, take);
  const auto limit = limit_of(header.kind, frame_limit);
  if (!limit) {
    return "sent a frame of unknown kind " + std::to_string(static_cast<int>(header.kind));
  }
  if (header.size > *limit) {
    return "announced a frame of " + std::to_string(header.size) + " bytes where " +
           std::to_string(*limit) + " are allowed";
  }
  return std::nullopt;
}

std::shared_ptr<std::uint8_t> allocate_payload(std::size_t size) {
  if (size == 0) return nullptr;
  constexpr std::align_val_t alignment{64};
  auto* bytes = static_cast<std::uint8_t*>(::operator new(size, alignment));
  return {bytes, [](std::uint8_t* p) { ::operator delete (p, std::align_val_t{64}); }};
}

}  // namespace bramble
