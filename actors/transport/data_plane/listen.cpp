#include "actors/transport/data_plane/listen.hpp"

#include <asio/ip/v6_only.hpp>

#include "config/base/error.hpp"

namespace bramble::transport {
namespace {

using asio::ip::tcp;

void open(tcp::acceptor& listener, const tcp::endpoint& place, bool both, asio::error_code& error) {
  listener.open(place.protocol(), error);
  // A restarted node must not wait for the kernel to forget the connections of its predecessor.
  if (!error) listener.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && both) listener.set_option(asio::ip::v6_only(false), error);
  if (!error) listener.bind(place, error);
  if (!error) listener.listen(asio::socket_base::max_listen_connections, error);
}

}  // namespace

tcp::acceptor listen_on(asio::io_context& io, const std::string& address, std::uint16_t port,
                        const std::string& what) {
  asio::error_code error;
  tcp::acceptor listener{io};
  const bool any = address.empty() || address == "0.0.0.0" || address == "::";
  if (any) {
    open(listener, {asio::ip::address_v6::any(), port}, true, error);
    const bool no_ipv6 = error == asio::error::address_family_not_supported ||
                         error == asio::error::no_protocol_option ||
                         error == std::errc::address_not_available;
    if (!no_ipv6 || address == "::") {
      if (!error) return listener;
    } else {
      asio::error_code ignored;  // it is of no use either way
      listener.close(ignored);
      error.clear();
      open(listener, {asio::ip::address_v4::any(), port}, false, error);
    }
  } else {
    const auto place = asio::ip::make_address(address, error);
    if (!error) open(listener, {place, port}, false, error);
  }
  if (error) {
    throw user_error((address.empty() ? "0.0.0.0" : address) + " port " + std::to_string(port) +
                     ": cannot listen there for " + what + ": " + error.message() +
                     "; give another address or port.");
  }
  return listener;
}

asio::ip::address plain_address(const asio::ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

std::string text_of(const tcp::endpoint& place) {
  const auto address = plain_address(place.address());
  const auto port = std::to_string(place.port());
  return address.is_v6() ? "[" + address.to_string() + "]:" + port
                         : address.to_string() + ":" + port;
}

}  // namespace bramble::transport
