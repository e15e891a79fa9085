#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bramble {

/// Whether something accepts TCP connections there, found out with a socket of our own and closed
/// again. Resolves names; tries every address, IPv4 and IPv6. Blocks for at most `timeout` plus the
/// resolver's own time. `why` (may be null) says what went wrong: "Connection refused", or, where
/// several addresses failed differently, "10.0.0.1: Connection refused, fd00::1: Network is
/// unreachable".
bool can_connect(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout,
                 std::string* why);

/// Where something answered, both ends as numeric text; with a scope where an address needs one.
struct reached_place {
  std::string host;  ///< the other side
  std::string own;   ///< the address of ours that the kernel took towards it
};

/// The first of `hosts` (names and addresses, likeliest first) at which something accepts
/// connections: all are tried at once, each with a little head start before the next.
std::optional<reached_place> find_reachable(const std::vector<std::string>& hosts,
                                            std::uint16_t port, std::chrono::milliseconds timeout,
                                            std::string* why);

}  // namespace bramble
