#pragma once

#include <compare>
#include <map>
#include <string>
#include <vector>

#include "discovery/mdns/notice.hpp"

namespace bramble {

/// Somebody who is told of on the network.
struct sighting {
  mdns_notice what;
  /// Numeric; IPv4 first, then those of one card only, with their scope.
  std::vector<std::string> hosts;

  friend bool operator==(const sighting&, const sighting&) = default;
};

/// One service on one card by one family, as the daemon tells of it.
struct sighting_key {
  int card = 0;
  int family = 0;
  std::string type;
  std::string label;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 of a comparison for a pointer.
  auto operator<=>(const sighting_key&) const = default;
};

/// Puts together what is told of each card and family. Pure; at most defaults::sightings_most
/// entries.
class sighting_book {
 public:
  /// False where there is no room for one more.
  bool saw(const sighting_key& key, const mdns_notice& what, const std::string& host);
  void gone(const sighting_key& key) { entries_.erase(key); }
  void clear() { entries_.clear(); }

  /// One for each node and port, whatever ways lead there.
  std::vector<sighting> list() const;

 private:
  struct entry {
    mdns_notice what;
    std::string host;
  };
  std::map<sighting_key, entry> entries_;
};

}  // namespace bramble
