#include "config/parse.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "config/base/error.hpp"
#include "config/defaults.hpp"

namespace bramble {
namespace {

std::string quoted(std::string_view text) {
  return '"' + printable(text) + '"';
}

bool is_address_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_' || c == ':' || c == '%';
}

/// A name or an address without brackets. 253 is the longest name that DNS knows.
bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, is_address_character);
}

template <class Number>
std::optional<Number> whole_text_as(std::string_view text) {
  Number value{};
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

}  // namespace

endpoint parse_endpoint(std::string_view text, std::uint16_t default_port,
                        const std::string& what) {
  const auto fail = [&]() -> user_error {
    return user_error(what +
                      " must be HOST, HOST:PORT or [IPV6]:PORT with a port from 1 to 65535, " +
                      "not " + quoted(text) + ".");
  };
  std::string_view host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) throw fail();
    host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    if (!port.empty() && (port[0] != ':' || port.size() == 1)) throw fail();
    if (host.find(':') == std::string_view::npos) throw fail();
    if (!port.empty()) port.remove_prefix(1);
  } else if (std::ranges::count(text, ':') == 1) {
    host = text.substr(0, text.find(':'));
    port = text.substr(text.find(':') + 1);
    if (port.empty()) throw fail();
  }
  if (!is_host(host)) throw fail();
  std::uint16_t number = default_port;
  if (!port.empty()) {
    const auto given = whole_text_as<std::uint16_t>(port);
    if (!given || *given == 0) throw fail();
    number = *given;
  }
  return {std::string{host}, number};
}

std::string parse_host(std::string_view text, const std::string& what) {
  auto host = text;
  const bool brackets = host.starts_with('[') && host.ends_with(']');
  if (brackets) host = host.substr(1, host.size() - 2);
  // One colon alone would be a port.
  const auto colons = std::ranges::count(host, ':');
  if (!is_host(host) || colons == 1 || (brackets && colons == 0))
    throw user_error(what + " must be a host or an address without a port, not " + quoted(text) +
                     ".");
  return std::string{host};
}

std::string to_string(const endpoint& where) {
  const bool v6 = where.host.find(':') != std::string::npos;
  return (v6 ? "[" + where.host + "]" : where.host) + ":" + std::to_string(where.port);
}

std::vector<endpoint> parse_endpoints(std::string_view text, std::uint16_t default_port,
                                      const std::string& what) {
  std::vector<endpoint> out;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    out.push_back(parse_endpoint(text.substr(0, end), default_port, what));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::vector<std::int64_t> parse_shape(std::string_view text, const std::string& what) {
  const auto fail = [&](const std::string& rule) {
    return user_error(what + " must be sizes with an x between them, such as 1x3x224x224" + rule +
                      ", not " + quoted(text) + ".");
  };
  std::vector<std::int64_t> out;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('x', begin), text.size());
    const auto size = whole_text_as<std::int64_t>(text.substr(begin, end - begin));
    if (!size || *size < 1) throw fail("");
    if (out.size() == defaults::shape_dimensions_limit)
      throw fail(", at most " + std::to_string(defaults::shape_dimensions_limit) + " of them");
    out.push_back(*size);
    begin = end + 1;
  }
  if (!bounded_element_count(out))
    throw fail(", with at most " + std::to_string(defaults::shape_elements_limit) +
               " elements in all");
  return out;
}

std::string format_shape(const std::vector<std::int64_t>& shape) {
  if (shape.empty()) return "scalar";
  std::string out;
  for (const auto size : shape) out += (out.empty() ? "" : "x") + std::to_string(size);
  return out;
}

std::optional<std::int64_t> bounded_element_count(const std::vector<std::int64_t>& shape) {
  if (std::ranges::any_of(shape, [](auto size) { return size < 0; })) return std::nullopt;
  // A zero anywhere makes the product zero, however large the others are.
  if (std::ranges::find(shape, 0) != shape.end()) return 0;
  std::int64_t product = 1;
  for (const auto size : shape) {
    if (size > defaults::shape_elements_limit / product) return std::nullopt;
    product *= size;
  }
  return product;
}

std::int64_t parse_integer(std::string_view text, std::int64_t least, std::int64_t most,
                           const std::string& what) {
  const auto value = whole_text_as<std::int64_t>(text);
  if (!value || *value < least || *value > most)
    throw user_error(what + " must be a whole number from " + std::to_string(least) + " to " +
                     std::to_string(most) + ", not " + quoted(text) + ".");
  return *value;
}

double parse_number(std::string_view text, double least, double most, const std::string& what) {
  const auto value = whole_text_as<double>(text);
  // Also refuses NaN, which compares false with everything.
  if (!value || !(*value >= least && *value <= most))
    throw user_error(what + " must be a number from " + format_number(least) + " to " +
                     format_number(most) + ", not " + quoted(text) + ".");
  return *value;
}

std::string printable(std::string_view text, std::size_t longest) {
  std::string out;
  for (const char c : text.substr(0, longest)) out += c < ' ' || c > '~' ? '?' : c;
  if (text.size() > longest) out += "...";
  return out;
}

namespace {

/// Bytes of the character that begins with `first`, by UTF-8's leading bits; 0: none begins so.
std::size_t bytes_of_character(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

bool is_control(char32_t c) {
  return (c < 0x20 && c != '\t') || (c >= 0x7F && c < 0xA0);
}

/// The character's number; nothing for what is overlong, half a pair, or beyond Unicode.
std::optional<char32_t> decode_character(std::string_view bytes) {
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const auto first = static_cast<unsigned char>(bytes[0]);
  if (bytes.size() == 1) return first;
  char32_t c = first & (0x7FU >> bytes.size());
  for (const char next : bytes.substr(1)) {
    const auto byte = static_cast<unsigned char>(next);
    if ((byte & 0xC0U) != 0x80) return std::nullopt;
    c = c << 6U | (byte & 0x3FU);
  }
  const bool surrogate = c >= 0xD800 && c < 0xE000;
  if (c < least.at(bytes.size()) || surrogate || c > 0x10FFFF) return std::nullopt;
  return c;
}

}  // namespace

bool is_text(std::string_view text) {
  while (!text.empty()) {
    const auto size = bytes_of_character(static_cast<unsigned char>(text[0]));
    if (size == 0 || size > text.size()) return false;
    const auto c = decode_character(text.substr(0, size));
    if (!c || is_control(*c)) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string format_number(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

void check_name(std::string_view name, std::size_t longest, const std::string& what) {
  const auto letter_or_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  const bool right =
      !name.empty() && name.size() <= longest && letter_or_digit(name.front()) &&
      letter_or_digit(name.back()) &&
      std::ranges::all_of(name, [&](char c) { return letter_or_digit(c) || c == '.' || c == '-'; });
  if (!right)
    throw user_error(what + " must be 1 to " + std::to_string(longest) +
                     " of a-z, 0-9, '.' and '-' with a letter or digit at both ends, not " +
                     quoted(name) + ".");
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace bramble
