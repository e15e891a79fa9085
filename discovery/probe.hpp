#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace bramble {

/// Whether something accepts TCP connections there, found out with a socket of our own and closed
/// again. Resolves names; tries every address, IPv4 and IPv6. Blocks for at most `timeout` plus the
/// resolver's own time. `why` (may be null) says what went wrong: "Connection refused".
bool can_connect(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout,
                 std::string* why);

/// Addresses of this machine that others could reach: no loopback, IPv4 before IPv6, bridges of
/// containers last.
std::vector<std::string> own_addresses();

/// The address this machine would use to talk to `host`; empty when it cannot be told. Sends
/// nothing.
std::string address_towards(const std::string& host);

}  // namespace bramble
