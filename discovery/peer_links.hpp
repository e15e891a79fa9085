#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "discovery/member_events.hpp"

namespace bramble {

/// The links that a node holds to others, by their names: one to each at most.
class peer_links {
 public:
  struct link {
    link_number number = 0;
    bool is_up = false;
    std::uint64_t instance = 0;  ///< of the machine at its other end; 0 before it was up
  };

  const std::map<std::string, link>& all() const { return links_; }
  bool has(const std::string& name) const { return links_.count(name) != 0; }
  /// Null where there is none.
  const link* find(const std::string& name) const;

  /// A link to this peer from now on, not up yet, in place of one that it may have had.
  void hold(const std::string& name, link_number number);
  void set_up(const std::string& name, std::uint64_t instance);
  void set_down(const std::string& name);
  void erase(const std::string& name) { links_.erase(name); }

  /// Nothing while there is no link to this peer that is up.
  std::optional<link_number> up_to(const std::string& name) const;
  /// All that are up.
  std::map<std::string, link_number> up() const;
  /// Null when it is nobody's.
  const std::string* name_of(link_number number) const;

 private:
  std::map<std::string, link> links_;
};

}  // namespace bramble
