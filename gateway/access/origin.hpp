#pragma once

#include <string>
#include <string_view>

namespace bramble::gateway {

/// Whether a "Host" header names this machine by loopback: "localhost:8741", "127.0.0.1", "[::1]".
/// A page elsewhere whose name was made to mean 127.0.0.1 shows its own name there.
bool is_loopback_host(std::string_view host);

/// Whether what a browser says of the page that asks ("Origin") is the host that it asks
/// ("Host"): another page may not. No origin: it is no browser, or nothing but a link.
bool is_same_origin(std::string_view origin, std::string_view host);

/// Whether an address to listen on is loopback, so that only this machine reaches it.
bool is_loopback_address(const std::string& address);

}  // namespace bramble::gateway
