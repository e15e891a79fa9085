#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/base/recent_map.hpp"
#include "config/parse.hpp"
#include "discovery/addresses.hpp"
#include "discovery/member_events.hpp"

namespace bramble {

/// Where this node thinks everybody is: what members tell of themselves, and where each was met.
class peer_places {
 public:
  peer_places(std::string listen_address, local_addresses machine);

  /// A peer was reached at this address.
  void reached(const std::string& name, const std::string& host);

  /// A peer that dialled us came from there. An address that is none is not believed, and a scope
  /// is left out: it is the peer's own name for a card.
  void came_from(const std::string& name, const std::string& from);

  /// The node at this --join address has that name.
  void found(const endpoint& at, const std::string& name);

  /// Who is told of on the network now; takes the place of what was told before.
  void sighted(const std::vector<sighted_node>& nodes);

  /// Null where nobody is told of by that name.
  const sighted_node* sighting_of(const std::string& name) const;
  const std::map<std::string, sighted_node>& sightings() const { return sighted_; }

  /// Null where nobody answered there yet.
  const std::string* name_at(const endpoint& join_address) const;

  /// Where to look for a member, likeliest first; the port is its own.
  std::vector<std::string> hosts_of(const member& whom) const;

  /// Where to look for one who is no member: first where it is told of, then these addresses of an
  /// earlier life.
  std::vector<std::string> hosts_at(const std::string& name,
                                    const std::vector<std::string>& addresses) const;

  /// The likeliest address of a member, for people and for clients that are sent on; its control
  /// port.
  endpoint best_place(const member& whom) const;

  /// Whether the peer's connection stays on this machine.
  bool is_over_loopback(const std::string& name) const;

  /// Where each peer was met last, for the disk.
  std::map<std::string, std::string> met() const;

  /// This machine's addresses are others now. Returns what this node tells of itself.
  std::vector<std::string> move(local_addresses machine);

 private:
  std::string listen_address_;
  local_addresses machine_;
  recent_map<std::string, std::string> reached_;  ///< by name, also of some who are gone
  /// Names of those found at --join addresses, of which there are as many as somebody typed: a node
  /// is asked again there when all memory of it is gone.
  std::map<endpoint, std::string> found_;
  std::map<std::string, sighted_node> sighted_;  ///< at most defaults::sighted_nodes_most
};

}  // namespace bramble
