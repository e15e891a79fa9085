#include "discovery/invitations/join_code.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "config/base/error.hpp"
#include "config/base/files.hpp"
#include "config/base/hash.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

constexpr std::string_view digits32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t group = 5;  // digits between dashes

constexpr std::size_t body_bytes =
    defaults::join_fingerprint_bytes + defaults::join_secret_bytes + defaults::join_check_bytes;
constexpr std::size_t body_bytes_with_packages = body_bytes + defaults::join_fingerprint_bytes;

constexpr std::size_t digits_for(std::size_t bytes) {
  return (8 * bytes + 4) / 5;
}

user_error no_code(const std::string& why) {
  return user_error("This is not a code of `bramble invite`: " + why +
                    "; copy it whole, or type `bramble invite` for another.");
}

std::string to_base32(const byte_vector& bytes) {
  std::string out;
  std::uint32_t held = 0;
  int bits = 0;
  const auto put = [&](std::uint32_t digit) {
    if (out.size() % (group + 1) == group) out += '-';
    out += digits32[digit & 31U];
  };
  for (const auto byte : bytes) {
    held = held << 8U | byte;
    for (bits += 8; bits >= 5; bits -= 5) put(held >> static_cast<unsigned>(bits - 5));
  }
  if (bits > 0) put(held << static_cast<unsigned>(5 - bits));
  return out;
}

std::uint32_t value_of(char c) {
  auto upper = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (upper == 'O') upper = '0';
  if (upper == 'I' || upper == 'L') upper = '1';
  const auto at = digits32.find(upper);
  if (at == std::string_view::npos)
    throw no_code("'" + printable(std::string_view{&c, 1}) + "' does not occur in one");
  return static_cast<std::uint32_t>(at);
}

byte_vector from_base32(std::string_view text) {
  byte_vector out;
  std::uint32_t held = 0;
  int bits = 0;
  std::size_t count = 0;
  for (const char c : text) {
    if (c == '-') continue;
    if (++count > digits_for(body_bytes_with_packages)) throw no_code("it is too long");
    held = (held << 5U | value_of(c)) & 0xFFFFU;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    out.push_back(static_cast<std::uint8_t>(held >> static_cast<unsigned>(bits)));
  }
  if (count != digits_for(body_bytes) && count != digits_for(body_bytes_with_packages))
    throw no_code("something of it is missing");
  if ((held & ((1U << static_cast<unsigned>(bits)) - 1U)) != 0)
    throw no_code("there is a slip in it");
  return out;
}

std::string lower(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

std::string place_of(const join_code& code) {
  std::string out;
  if (code.hosts.empty()) return out;
  for (const auto& host : code.hosts) out += (out.empty() ? "" : "+") + host;
  out += '/';
  if (code.port != defaults::join_port) out += std::to_string(code.port) + "/";
  return out;
}

/// Without the checksum, which is over where it leads as well.
byte_vector body_of(const join_code& code) {
  byte_vector out{code.authority.begin(), code.authority.end()};
  out.insert(out.end(), code.secret.begin(), code.secret.end());
  if (code.packages) out.insert(out.end(), code.packages->begin(), code.packages->end());
  return out;
}

byte_vector checksum(const join_code& code) {
  const auto place = lower(place_of(code));
  auto all = body_of(code);
  all.insert(all.end(), place.begin(), place.end());
  const auto sum = sha256_prefix(all);
  byte_vector out;
  for (std::size_t i = 0; i < defaults::join_check_bytes; ++i)
    out.push_back(static_cast<std::uint8_t>(sum >> (8U * i)));
  return out;
}

std::vector<std::string> hosts_in(std::string_view text) {
  std::vector<std::string> out;
  for (;;) {
    const auto end = std::min(text.find('+'), text.size());
    if (out.size() == defaults::join_hosts_most) throw no_code("it names too many addresses");
    try {
      out.push_back(lower(parse_host(text.substr(0, end), "An address")));
    } catch (const user_error&) {
      throw no_code("what it begins with is no address");
    }
    if (end == text.size()) return out;
    text.remove_prefix(end + 1);
  }
}

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string format_join_code(const join_code& code) {
  auto bytes = body_of(code);
  const auto sum = checksum(code);
  bytes.insert(bytes.end(), sum.begin(), sum.end());
  return place_of(code) + to_base32(bytes);
}

join_code parse_join_code(std::string_view text) {
  text = trimmed(text);
  if (text.size() > defaults::join_code_longest) throw no_code("it is too long");
  join_code out;
  const auto first = text.find('/');
  const auto last = text.rfind('/');
  if (first != std::string_view::npos) out.hosts = hosts_in(text.substr(0, first));
  if (last != first) {
    const auto port = text.substr(first + 1, last - first - 1);
    try {
      out.port = static_cast<std::uint16_t>(parse_integer(port, 1, 65535, "The port"));
    } catch (const user_error&) {
      throw no_code("what stands between the '/' is no port");
    }
  }
  const auto bytes = from_base32(last == std::string_view::npos ? text : text.substr(last + 1));
  auto at = bytes.begin();
  const auto take = [&](auto& to) {
    std::copy_n(at, to.size(), to.begin());
    at += static_cast<std::ptrdiff_t>(to.size());
  };
  take(out.authority);
  take(out.secret);
  if (bytes.size() == body_bytes_with_packages) take(out.packages.emplace());
  if (!std::equal(at, bytes.end(), checksum(out).begin())) throw no_code("there is a slip in it");
  return out;
}

join_fingerprint short_fingerprint(const std::string& digits) {
  join_fingerprint out{};
  if (digits.size() < 2 * out.size()) throw std::invalid_argument("a fingerprint too short");
  for (std::size_t i = 0; i < out.size(); ++i)
    out.at(i) = static_cast<std::uint8_t>(std::stoul(digits.substr(2 * i, 2), nullptr, 16));
  return out;
}

join_secret make_join_secret() {
  join_secret out{};
  if (RAND_priv_bytes(out.data(), static_cast<int>(out.size())) != 1)
    throw std::runtime_error("OpenSSL has no random numbers");
  return out;
}

}  // namespace bramble
