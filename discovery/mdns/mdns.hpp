#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "discovery/mdns/sighting_book.hpp"

namespace bramble {

/// What is known of the network's names just now.
struct mdns_view {
  enum class daemon_t : std::uint8_t {
    unknown,  ///< asked, not answered yet
    absent,
    present
  } daemon = daemon_t::unknown;
  std::string trouble;         ///< why not, or why something is not told; no full stop
  bool is_published = false;   ///< what this program tells is on the network
  std::vector<sighting> seen;  ///< also what this machine tells itself

  friend bool operator==(const mdns_view&, const mdns_view&) = default;
};

/// What this program tells, and on which cards; nothing on none.
struct mdns_announcement {
  mdns_notice what;
  std::vector<std::string> cards;

  friend bool operator==(const mdns_announcement&, const mdns_announcement&) = default;
};

/// The service of this machine that speaks mDNS: Avahi (avahi.hpp), or one of a test. Any thread.
class mdns {
 public:
  /// Called with each new view, on a thread of its own; must not block for long.
  using changed = std::function<void(const mdns_view&)>;

  mdns() = default;
  mdns(const mdns&) = delete;
  mdns& operator=(const mdns&) = delete;
  /// What was told is taken back. `changed` is not called any more afterwards.
  virtual ~mdns() = default;

  /// In place of what was told before. Returns at once.
  virtual void tell(const mdns_announcement& what) = 0;
};

using mdns_maker = std::function<std::unique_ptr<mdns>(mdns::changed)>;

/// What a view means for one node. A doctor gets one by `listen_to_mdns` (avahi.hpp).
struct mdns_facts {
  bool has_daemon = false;
  std::string trouble;
  bool is_self_seen = false;        ///< the node itself, where everybody looks
  std::vector<sighting> peers;      ///< other nodes of its cluster
  std::vector<sighting> strangers;  ///< nodes of other clusters

  friend bool operator==(const mdns_facts&, const mdns_facts&) = default;
};

mdns_facts facts_of(const mdns_view& view, const mdns_notice& self);

}  // namespace bramble
