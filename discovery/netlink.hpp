#pragma once

#include "config/base/codec.hpp"

namespace bramble {

/// What a datagram of a NETLINK_ROUTE socket means to one who watches this machine's addresses.
/// Pure: tests and the fuzzer give it any bytes.
enum class address_news {
  none,     ///< other things, or what cannot be read
  changed,  ///< an address came or went, or a card went up or down
  lost      ///< the kernel says that messages were dropped: look for yourself
};

address_news read_address_news(byte_span datagram);

}  // namespace bramble
