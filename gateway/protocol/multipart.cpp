#include "gateway/protocol/multipart.hpp"

#include <algorithm>
#include <string_view>

#include "config/defaults_gateway.hpp"

namespace bramble::gateway {
namespace {

/// As RFC 2046 bounds it.
constexpr std::size_t boundary_most = 70;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The parameter of a header ("name" of `form-data; name="photo"`), without its quotes.
std::string parameter(std::string_view header, std::string_view wanted) {
  auto at = header.find(';');
  while (at != std::string_view::npos) {
    ++at;
    const auto equals = header.find('=', at);
    if (equals == std::string_view::npos) return {};
    const auto key = trimmed(header.substr(at, equals - at));
    std::string value;
    auto next = equals + 1;
    if (next < header.size() && header[next] == '"') {
      for (++next; next < header.size() && header[next] != '"'; ++next) {
        if (header[next] == '\\' && next + 1 < header.size()) ++next;
        value += header[next];
      }
      next = header.find(';', std::min(next, header.size()));
    } else {
      const auto end = header.find(';', next);
      value = trimmed(header.substr(next, end == std::string_view::npos ? end : end - next));
      next = end;
    }
    if (same_word(key, wanted)) return value;
    at = next;
  }
  return {};
}

void read_header(std::string_view line, form_part& part) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) throw user_error("A part of the form has a damaged header.");
  const auto key = trimmed(line.substr(0, colon));
  const auto value = trimmed(line.substr(colon + 1));
  if (same_word(key, "Content-Disposition")) {
    part.name = parameter(value, "name");
    part.filename = parameter(value, "filename");
  } else if (same_word(key, "Content-Type")) {
    part.type = std::string{value};
  }
}

/// From behind a delimiter's line to before the next delimiter.
form_part read_part(std::string_view text) {
  form_part part;
  std::size_t header_bytes = 0;
  while (true) {
    const auto end = text.find("\r\n");
    header_bytes += end;
    if (end == std::string_view::npos || header_bytes > defaults::gateway_head_bytes_most)
      throw user_error("A part of the form has headers that do not end.");
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (line.empty()) break;
    read_header(line, part);
  }
  part.content = {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
  return part;
}

}  // namespace

bool is_multipart(const std::string& content_type) {
  const auto end = content_type.find(';');
  return same_word(trimmed(std::string_view{content_type}.substr(0, end)), "multipart/form-data");
}

std::vector<form_part> read_multipart(byte_span body, const std::string& content_type) {
  const auto boundary = parameter(content_type, "boundary");
  if (boundary.empty() || boundary.size() > boundary_most)
    throw user_error("The form does not say what stands between its parts (boundary).");
  std::string_view text{reinterpret_cast<const char*>(body.data()), body.size()};
  const auto delimiter = "\r\n--" + boundary;
  // The first one may begin the body.
  const auto first = std::string_view{delimiter}.substr(2);
  const auto begin = text.starts_with(first) ? 0 : text.find(delimiter);
  if (begin == std::string_view::npos) throw user_error("The form has no part.");
  text.remove_prefix(begin + (begin == 0 && text.starts_with(first) ? first : delimiter).size());
  std::vector<form_part> out;
  while (!text.starts_with("--")) {
    const auto line = text.find("\r\n");
    if (line == std::string_view::npos || !trimmed(text.substr(0, line)).empty())
      throw user_error("The form has a damaged line between its parts.");
    text.remove_prefix(line + 2);
    const auto end = text.find(delimiter);
    if (end == std::string_view::npos) throw user_error("The form has a part that does not end.");
    if (out.size() == defaults::gateway_form_parts_most)
      throw user_error("The form has more than " +
                       std::to_string(defaults::gateway_form_parts_most) + " parts.");
    out.push_back(read_part(text.substr(0, end)));
    text.remove_prefix(end + delimiter.size());
  }
  return out;
}

}  // namespace bramble::gateway
