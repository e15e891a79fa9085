#include "discovery/netlink.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstring>

namespace bramble {

address_news read_address_news(byte_span datagram) {
  auto found = address_news::none;
  while (datagram.size() >= sizeof(nlmsghdr)) {
    nlmsghdr header{};
    std::memcpy(&header, datagram.data(), sizeof header);
    // A length that lies ends the reading; what came before it counts.
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > datagram.size()) break;
    switch (header.nlmsg_type) {
      case RTM_NEWADDR:
      case RTM_DELADDR:
      case RTM_NEWLINK:
      case RTM_DELLINK:
        found = address_news::changed;
        break;
      case NLMSG_OVERRUN:
        return address_news::lost;
      default:
        break;
    }
    const auto step = static_cast<std::size_t>(NLMSG_ALIGN(header.nlmsg_len));
    if (step >= datagram.size()) break;
    datagram = datagram.subspan(step);
  }
  return found;
}

}  // namespace bramble
