#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

namespace bramble::transport {

/// Listens on `address`: both families where it is any address ("0.0.0.0", "::" or ""), IPv4 alone
/// on a machine without IPv6. `what` ("tensors") is for the sentence of the `user_error` that is
/// thrown where that is not possible. Port 0 is any free one.
asio::ip::tcp::acceptor listen_on(asio::io_context& io, const std::string& address,
                                  std::uint16_t port, const std::string& what);

/// "10.0.0.1:7741" or "[fe80::1%eth0]:7741"; IPv4 that came to a socket of both families as IPv4.
std::string text_of(const asio::ip::tcp::endpoint& place);

/// That address itself.
asio::ip::address plain_address(const asio::ip::address& address);

}  // namespace bramble::transport
