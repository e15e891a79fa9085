#include "gateway/http/body_reader.hpp"

#include <algorithm>
#include <charconv>

#include "config/defaults_gateway.hpp"
#include "config/format.hpp"
#include "gateway/protocol/refusal.hpp"

namespace bramble::gateway {
namespace {

/// Memory grows as bytes come, not as they are announced.
constexpr std::size_t step_bytes = 1U << 20;
constexpr std::size_t chunk_line_most = 256;
constexpr std::size_t trailer_lines_most = 32;

[[noreturn]] void refuse_size() {
  throw refusal(413, "The body is larger than " + format_bytes(defaults::gateway_body_bytes_most) +
                         ", which is the most that is taken.");
}

[[noreturn]] void refuse_broken(const connection& from) {
  if (from.trouble() != 0) throw refusal(from.trouble(), "The body came too slowly.");
  throw refusal(400, "The body ended before its end.");
}

std::size_t parse_size(std::string_view text, int base) {
  std::size_t out = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, out, base);
  if (text.empty() || read.ptr != end || read.ec == std::errc::invalid_argument)
    throw refusal(400, "The body has a length that is no number.");
  if (read.ec != std::errc{}) refuse_size();
  return out;
}

}  // namespace

bool body_budget::take(std::size_t bytes) {
  if (held_.fetch_add(bytes) + bytes <= defaults::gateway_bodies_bytes_most) return true;
  held_ -= bytes;
  return false;
}

bool announces_body(const std::string& length, const std::string& encoding) {
  return !encoding.empty() || (!length.empty() && length != "0");
}

void body_reader::append(connection& from, std::size_t bytes) {
  if (bytes >
      defaults::gateway_body_bytes_most - std::min(body_.size(), defaults::gateway_body_bytes_most))
    refuse_size();
  while (bytes != 0) {
    const auto part = std::min(bytes, step_bytes);
    if (!budget_->take(part))
      throw refusal(503, "Too many large requests are under way; try again soon.",
                    defaults::gateway_try_again);
    const auto before = body_.size();
    body_.resize(before + part);
    if (!from.read_exactly(reinterpret_cast<char*>(body_.data() + before), part))
      refuse_broken(from);
    bytes -= part;
  }
}

void body_reader::read_chunks(connection& from) {
  std::string line;
  while (true) {
    if (!from.read_line(line, chunk_line_most)) refuse_broken(from);
    const auto size = parse_size(std::string_view{line}.substr(0, line.find(';')), 16);
    if (size == 0) break;
    append(from, size);
    if (!from.read_line(line, 1) || !line.empty()) refuse_broken(from);
  }
  for (std::size_t i = 0; i < trailer_lines_most; ++i) {
    if (!from.read_line(line, defaults::gateway_target_bytes_most)) refuse_broken(from);
    if (line.empty()) return;
  }
  refuse_broken(from);
}

byte_span body_reader::read(connection& from, const std::string& length,
                            const std::string& encoding) {
  if (!encoding.empty()) {
    read_chunks(from);
  } else if (!length.empty()) {
    const auto size = parse_size(length, 10);
    if (size > defaults::gateway_body_bytes_most) refuse_size();
    body_.reserve(std::min(size, step_bytes * 4));
    append(from, size);
  }
  return body_;
}

}  // namespace bramble::gateway
