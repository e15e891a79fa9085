#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bramble {

// Reading what people type, in flags, variables and files alike. Every function throws `user_error`
// with one sentence; `what` begins it and names the place, such as "--join" or "BRAMBLE_PACE".

/// Where a node listens. `host` is a name or an address, IPv6 without brackets.
struct endpoint {
  std::string host;
  std::uint16_t port = 0;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 of a comparison for a pointer.
  auto operator<=>(const endpoint&) const = default;
};

/// HOST, HOST:PORT, ADDRESS, [IPV6] or [IPV6]:PORT; a bare IPv6 address is understood as well.
endpoint parse_endpoint(std::string_view text, std::uint16_t default_port,
                        const std::string& what = "The address");

/// HOST or ADDRESS, without a port; IPv6 with or without brackets.
std::string parse_host(std::string_view text, const std::string& what);

/// HOST:PORT, with brackets around an IPv6 address; `parse_endpoint` reads it back.
std::string to_string(const endpoint& where);

/// Endpoints between commas; empty text gives none.
std::vector<endpoint> parse_endpoints(std::string_view text, std::uint16_t default_port,
                                      const std::string& what);

/// Between double quotes, with backslashes before quotes and backslashes: as TOML and DOT have it.
std::string quoted(const std::string& text);

/// "1x3x224x224": 1 to defaults::shape_dimensions_limit sizes of at least 1, in all at most
/// defaults::shape_elements_limit elements.
std::vector<std::int64_t> parse_shape(std::string_view text, const std::string& what = "The shape");

/// The reverse of parse_shape; "scalar" for no dimensions.
std::string format_shape(const std::vector<std::int64_t>& shape);

/// The product of the sizes; nothing when it exceeds defaults::shape_elements_limit or a size is
/// negative.
std::optional<std::int64_t> bounded_element_count(const std::vector<std::int64_t>& shape);

/// A whole decimal number from `least` to `most`.
std::int64_t parse_integer(std::string_view text, std::int64_t least, std::int64_t most,
                           const std::string& what);

/// A finite decimal number from `least` to `most`.
double parse_number(std::string_view text, double least, double most, const std::string& what);

/// Text from outside, fit for a message: at most `longest` bytes, and '?' for everything that a
/// terminal might act upon.
std::string printable(std::string_view text, std::size_t longest = 60);

/// Whether it is UTF-8 of which a terminal acts upon nothing: no control characters but tabs.
bool is_text(std::string_view text);

/// Numbers in messages: as short as possible, "0.001" and "1e+06".
std::string format_number(double value);

/// The name of a node or cluster: 1 to `longest` of a-z, 0-9, '.' and '-', with a letter or digit
/// at both ends, so that it can be a host's name and stand in a certificate.
void check_name(std::string_view name, std::size_t longest, const std::string& what);

}  // namespace bramble
