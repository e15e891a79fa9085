#pragma once

#include <asio/ip/address.hpp>
#include <asio/ip/tcp.hpp>

#include "actors/transport/front/admission.hpp"

namespace bramble {

/// To which source a connection from there counts.
source_address source_of(const asio::ip::address& remote);

/// Without the polite end of a connection, which would keep a memory of it for a minute.
void turn_away(asio::ip::tcp::socket& socket);

}  // namespace bramble
