#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "discovery/membership.hpp"

namespace bramble {

/// Where a member was, as a node remembers it on its disk: one that starts again, without --join or
/// elsewhere, finds its shelf there instead of beginning another one of the same name.
struct remembered_peer {
  std::vector<std::string> addresses;  ///< where it was reached first
  std::uint16_t control_port = 0;
  std::uint64_t heard = 0;  ///< seconds since 1970

  friend bool operator==(const remembered_peer&, const remembered_peer&) = default;
};

struct peer_memory {
  std::string cluster;  ///< fingerprint of the authority: that of another cluster is of no use
  std::map<std::string, remembered_peer> peers;

  friend bool operator==(const peer_memory&, const peer_memory&) = default;
};

/// Takes over who of the view is alive, but `self`; what each was reached at goes first. Those not
/// heard of for long are dropped, as those forgotten by hand, and of too many the oldest. Returns
/// true when it is worth writing: other peers, other addresses, or a day has passed.
bool remember(peer_memory& memory, const membership& view, const std::string& self,
              const std::map<std::string, std::string>& reached, std::uint64_t now);

/// One line for the cluster, one for each peer.
std::string format_peers(const peer_memory& memory);

/// The reverse. Lines that are none are left out (the file may be half of another version's);
/// nothing is remembered of another cluster.
peer_memory parse_peers(const std::string& text, const std::string& cluster);

}  // namespace bramble
