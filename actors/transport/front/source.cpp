#include "actors/transport/front/source.hpp"

#include <algorithm>

#include "actors/transport/data_plane/listen.hpp"

namespace bramble {

source_address source_of(const asio::ip::address& remote) {
  const auto plain = transport::plain_address(remote);
  source_address out{};
  if (plain.is_v4()) {
    const auto bytes = plain.to_v4().to_bytes();
    out[0] = 4;
    std::copy(bytes.begin(), bytes.end(), out.begin() + 1);
  } else {
    const auto bytes = plain.to_v6().to_bytes();
    out[0] = 6;
    std::copy_n(bytes.begin(), 8, out.begin() + 1);
  }
  return out;
}

void turn_away(asio::ip::tcp::socket& socket) {
  asio::error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

}  // namespace bramble
