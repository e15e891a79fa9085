#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/base/codec.hpp"

namespace bramble {

/// What everybody knows of one node. Names are unique in a cluster; a node that starts again has a
/// new `boot` (milliseconds since 1970 at its start, so that a later life beats an earlier one).
struct member {
  /// Who is `forgotten` was gone already, and somebody said that it does not come back.
  enum class state_t : std::uint8_t { alive, failed, left, forgotten };

  std::string name;
  /// Where its peers may reach it, likeliest first (discovery/addresses.hpp); empty while it has no
  /// network, or only dials.
  std::vector<std::string> addresses;
  std::uint16_t control_port = 0;
  std::uint16_t data_port = 0;
  std::string version;
  std::uint64_t boot = 0;
  std::uint64_t instance = 0;  ///< by chance, for one life of one machine: two of one name differ
  std::uint64_t incarnation = 0;  ///< raised by the node itself to refute a rumour, or to tell news
  state_t state = state_t::alive;

  friend bool operator==(const member&, const member&) = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, addresses, control_port, data_port, version, boot, instance, incarnation, state);
  }
};

const char* name_of(member::state_t state);

/// The members as one node knows them, by name. Plain data; merging is commutative, associative and
/// idempotent as long as there are not too many, so gossip in any order ends in the same view
/// everywhere.
struct membership {
  std::map<std::string, member> members;

  friend bool operator==(const membership&, const membership&) = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(members);
  }
};

/// Where it says it is, for people: its likeliest address and its control port.
std::string place_of(const member& whom);

/// Throws `user_error` (starting with `where`) for a view no honest node sends: too many members,
/// bad names or addresses, keys that are not their member's name.
void validate(const membership& view, const std::string& where);

/// Takes over from `news` what is newer than what `view` has, but no name beyond
/// `defaults::members_limit`, where peers would refuse the view. Returns the names that changed.
std::vector<std::string> merge(membership& view, const membership& news);

/// To be called after each merge: when others believe `self` failed or left, raises its incarnation
/// so that the next gossip says otherwise. Returns true when it had to.
bool refute(membership& view, const member& self);

/// This node lost its connection to `name` and could not get it back.
void mark_failed(membership& view, const std::string& name);

/// Whether no link to it is wanted any more.
inline bool has_gone(const member& whom) {
  return whom.state == member::state_t::left || whom.state == member::state_t::forgotten;
}

/// Remembers since when members are not alive, and forgets them `after` that long;
/// those that are forgotten by hand as soon as everybody heard of it. One per node;
/// not part of the view, since clocks differ. Nodes forget at slightly different times, so one that
/// forgot hears of the ghost again: a forgotten life stays out as long as anybody speaks of it, or
/// two nodes would keep it going for ever by turns. A new life of the same name comes in as usual.
class tombstones {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  explicit tombstones(std::chrono::seconds after) : after_{after} {}
  /// To be called before each look at what merging brought, and from time to time.
  void tidy(membership& view, time_point now);

 private:
  struct absence {
    std::uint64_t boot = 0;
    time_point since;      ///< forgotten ones: when it was last heard of
    bool by_hand = false;  ///< somebody said so: `since` is when that was heard
    bool forgotten = false;
  };

  void forget_most();

  std::chrono::seconds after_;
  std::map<std::string, absence> absent_;  ///< at most defaults::tombstones_most
};

}  // namespace bramble
