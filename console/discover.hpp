#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "discovery/mdns/sighting_book.hpp"

namespace bramble {

/// A shelf that is told of on the network.
struct shelf_in_sight {
  std::string name;
  std::string id;
  bool is_own = false;  ///< this machine has keys of it
  std::vector<sighting> nodes;
  std::vector<sighting> invitations;  ///< machines may join there just now
};

/// By name; `own` (null: none) is anything of the cluster of which this machine has keys.
std::vector<shelf_in_sight> shelves_in(const std::vector<sighting>& seen, const mdns_notice* own);

/// For people; ends with a newline.
std::string describe(const std::vector<shelf_in_sight>& shelves);

/// The stable form: [{"cluster","id","own","nodes":[{"name","version","addresses","port"}],
/// "invitations":[{"node","addresses","port"}]}].
nlohmann::json to_json(const std::vector<shelf_in_sight>& shelves);

}  // namespace bramble
