#include "actors/transport/data_plane/frames.hpp"

#include <algorithm>
#include <cmath>

namespace bramble {
namespace {

constexpr std::uint16_t wants_plain_flag = 1;
constexpr std::uint16_t moves_flag = 2;  // of a hello
constexpr std::uint16_t late_flag = 1;
constexpr std::uint16_t under_load_flag = 2;
constexpr std::uint16_t about_blobs_flag = 1;  // of an error

constexpr double contention_unit = 1000;
constexpr std::uint64_t contention_most = 1'000'000;

std::uint16_t flag(bool set, std::uint16_t which) {
  return set ? which : std::uint16_t{0};
}

bool has(const frame_header& header, std::uint16_t which) {
  return (header.flags & which) != 0;
}

}  // namespace

frame_header header_of(const hello_frame& from) {
  const auto flags = flag(from.wants_plain, wants_plain_flag) | flag(from.moves, moves_flag);
  return {.kind = frame_kind::hello, .flags = static_cast<std::uint16_t>(flags)};
}

hello_frame read_hello(const frame_header& header) {
  return {has(header, wants_plain_flag), has(header, moves_flag)};
}

frame_header header_of(const ping_frame& from) {
  const auto flags = flag(from.late, late_flag) | flag(from.under_load, under_load_flag);
  return {.kind = frame_kind::ping,
          .flags = static_cast<std::uint16_t>(flags),
          .request = from.sent_ns};
}

ping_frame read_ping(const frame_header& header) {
  return {header.request, has(header, late_flag), has(header, under_load_flag)};
}

frame_header header_of(const pong_frame& from) {
  auto out = header_of(from.echo);
  out.kind = frame_kind::pong;
  out.a = from.kbit;
  out.b = from.frames;
  out.item = from.settled ? 1 : 0;
  return out;
}

pong_frame read_pong(const frame_header& header) {
  return {read_ping(header), header.a, header.b, header.item != 0};
}

frame_header header_of(const contention_frame& from) {
  return {.kind = frame_kind::contention,
          .transfer = from.others,
          .b = static_cast<std::uint64_t>(std::llround(from.share * contention_unit))};
}

contention_frame read_contention(const frame_header& header) {
  return {header.transfer,
          static_cast<double>(std::min(header.b, contention_most)) / contention_unit};
}

frame_header header_of(const tensor_frame& from) {
  return {.kind = frame_kind::tensor,
          .wire = from.wire,
          .a = from.plan,
          .request = from.request,
          .transfer = from.transfer};
}

tensor_frame read_tensor(const frame_header& header) {
  return {header.a, header.request, header.transfer, header.wire};
}

frame_header header_of(const unknown_request_frame& from) {
  return {.kind = frame_kind::error, .request = from.request};
}

unknown_request_frame read_unknown_request(const frame_header& header) {
  return {header.request};
}

frame_header header_of(const blob_request_frame& from) {
  return {.kind = frame_kind::blob_request, .request = from.fetch, .b = from.offset};
}

blob_request_frame read_blob_request(const frame_header& header) {
  return {header.request, header.b};
}

frame_header header_of(const blob_block_frame& from) {
  return {.kind = frame_kind::blob_block, .a = from.total, .request = from.fetch, .b = from.offset};
}

blob_block_frame read_blob_block(const frame_header& header) {
  return {header.request, header.b, header.a};
}

frame_header header_of(const blob_refusal_frame& from) {
  return {.kind = frame_kind::error, .flags = about_blobs_flag, .request = from.fetch};
}

blob_refusal_frame read_blob_refusal(const frame_header& header) {
  return {header.request};
}

bool is_about_blobs(const frame_header& header) {
  return header.kind == frame_kind::blob_request || header.kind == frame_kind::blob_block ||
         (header.kind == frame_kind::error && header.flags == about_blobs_flag);
}

}  // namespace bramble
