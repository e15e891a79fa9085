#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/parse.hpp"
#include "discovery/member_events.hpp"
#include "discovery/peer_memory.hpp"
#include "discovery/peer_places.hpp"

namespace bramble {

/// How a node finds its shelf: at the addresses it was given (--join), where it met the others in
/// an earlier life, and where they are told of on the network. Each is tried by a link that has no
/// member's name yet. Pure: the caller tells the time, makes the links and numbers them.
class shelf_search {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  struct attempt {
    endpoint place;  ///< the likeliest, which names the attempt for people
    std::vector<std::string> hosts;
    std::string wanted = {};  ///< who is looked for; empty: whoever is at a --join address
    bool is_hint = false;     ///< only told of on the network, where everybody may say anything
  };

  shelf_search(std::vector<endpoint> join, peer_memory remembered);

  /// --join addresses that nobody tries just now, but those of which `is_linked` says that there is
  /// a link to their node: at the start, and again when a member was away for so long that both
  /// sides forgot each other.
  std::vector<attempt> to_join(const std::function<bool(const endpoint&)>& is_linked) const;

  /// Whether those of an earlier life, and those told of, are looked for. Not before what --join
  /// leads to had time to tell of them: the same node would be dialled twice at once.
  bool is_recalling(time_point now);

  /// Those of an earlier life, and those told of on the network, that no member speaks of, until
  /// one does.
  std::vector<attempt> to_recall(const membership& view, const peer_places& places) const;

  /// Attempts to find one that members speak of by now, or that is not told of any more.
  std::vector<link_number> needless(const membership& view, const peer_places& places) const;

  /// Attempts whose place is another one now, as they go on from here.
  std::vector<std::pair<link_number, attempt>> moved(const peer_places& places);

  void begun(link_number link, attempt what);
  /// The attempt that this link makes; null when it makes none.
  const attempt* find(link_number link) const;
  void ended(link_number link) { attempts_.erase(link); }
  /// At most one for each --join address, each remembered peer and each one told of.
  const std::map<link_number, attempt>& attempts() const { return attempts_; }

  /// Takes over where the members of `view` are. The text for the disk when it is worth writing.
  std::optional<std::string> note(const membership& view, const std::string& self,
                                  const std::map<std::string, std::string>& met,
                                  std::uint64_t unix_s);

 private:
  bool is_tried(const endpoint& join_address) const;
  bool is_sought(const std::string& name) const;
  /// Where this one may be; no hosts where nobody knows.
  attempt place_of(const std::string& name, const peer_places& places) const;

  std::vector<endpoint> join_;
  peer_memory remembered_;
  std::map<link_number, attempt> attempts_;
  std::optional<time_point> since_;  ///< when it was first asked whether it recalls
};

}  // namespace bramble
