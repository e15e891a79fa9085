#include "gateway/access/origin.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>

namespace bramble::gateway {
namespace {

/// Without its port.
std::string_view host_alone(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_text(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

bool is_loopback_host(std::string_view host) {
  const auto name = host_alone(host);
  if (same_text(name, "localhost") || name == "[::1]") return true;
  return is_loopback_address(std::string{name}) && name.find(':') == std::string_view::npos;
}

bool is_same_origin(std::string_view origin, std::string_view host) {
  if (origin.empty()) return true;
  const auto scheme = origin.find("://");
  if (scheme == std::string_view::npos) return false;  // "null"
  return same_text(origin.substr(scheme + 3), host);
}

bool is_loopback_address(const std::string& address) {
  in_addr four{};
  if (::inet_pton(AF_INET, address.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24U) == 127;
  in6_addr six{};
  if (::inet_pton(AF_INET6, address.c_str(), &six) == 1) return IN6_IS_ADDR_LOOPBACK(&six) != 0;
  return same_text(address, "localhost");
}

}  // namespace bramble::gateway
