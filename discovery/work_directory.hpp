#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "discovery/duplicate_names.hpp"
#include "discovery/member_actions.hpp"
#include "discovery/membership.hpp"
#include "discovery/peer_links.hpp"

namespace bramble {

/// Whom of the members this node can give work: those with a link that is up, whose name means one
/// machine; and which of them want work of their own only. Pure: the caller tells the time.
class work_directory {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit work_directory(std::string self) : self_{std::move(self)} {}

  /// To be called whenever `view` changed: a line for the log for each name that two machines claim
  /// from now on.
  std::vector<std::string> watch(const membership& view, time_point now);

  /// This node is drained, or resumed. False when it was so already.
  bool set_drained(bool drained);
  bool is_drained() const { return drained_; }

  /// A peer says whether it is drained. True when it said otherwise before.
  bool reported(const std::string& name, bool drained);
  /// What the peer said counts no more. False when it said nothing.
  bool forget(const std::string& name) { return reports_.erase(name) != 0; }
  /// Of how many it is known what they say.
  std::size_t reports() const { return reports_.size(); }

  /// As it is to be told now.
  member_action::publish_directory make(const membership& view, const peer_links& links,
                                        time_point now);

  /// Whether other names are in doubt than when it was made last: a rumour can bring that about,
  /// and time.
  bool is_outdated(const membership& view, const peer_links& links, time_point now) const;

  /// The first by name among ourselves and those we can talk to, whoever is in doubt.
  std::string coordinator(const peer_links& links) const;

 private:
  std::set<std::string> doubtful_names(const membership& view, const peer_links& links,
                                       time_point now) const;

  std::string self_;
  duplicate_names names_;
  std::map<std::string, bool> reports_;  ///< by name: whether it is drained
  std::set<std::string> doubtful_;       ///< when it was made last
  bool drained_ = false;
};

}  // namespace bramble
