#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "discovery/mdns/mdns.hpp"
#include "discovery/member_events.hpp"

namespace bramble {

struct beacon_config {
  mdns_notice self;
  mdns_maker make;
  /// Members of this cluster that are told of, each time they are others; on the thread of mDNS.
  std::function<void(const std::vector<sighted_node>&)> sighted;
  /// A line for the log.
  std::function<void(const std::string&)> say;
};

/// A node's use of mDNS: tells of it on the cards that lead to others, and hands on where members
/// are seen. That there is no daemon is said once; everything goes on without.
class beacon {
 public:
  explicit beacon(beacon_config config);

  /// The machine's cards, as `cards_to_tell_on` gives them. Any thread.
  void move(std::vector<std::string> cards);

 private:
  /// Of the thread of mDNS alone.
  struct listener {
    beacon_config config;
    bool told_of_absence = false;
    bool was_published = false;
    std::string trouble;
    std::vector<sighted_node> last;

    void hear(const mdns_view& view);
    void say_what_changed(const mdns_view& view);
  };

  const mdns_notice self_;
  std::unique_ptr<mdns> mdns_;
};

/// The other members of its shelf, one for each name.
std::vector<sighted_node> members_in(const mdns_view& view, const mdns_notice& self);

}  // namespace bramble
