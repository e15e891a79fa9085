#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "balancer/search/group_search.hpp"

namespace bramble {

/// How many groups are searched at once on this machine.
std::size_t planning_threads();

/// Finds out who should work on a request, and remembers for each node the best that was found with
/// it and without it.
///
/// Searched are all nodes, then those without the slowest, and so on, and of each of these groups
/// the one without whom strips do better. What a search of a group finds depends on that group
/// alone. So the best for n nodes is never worse than for n - 1 of them, the slowest left out: it
/// is the best of the same searches and of those with the slowest node. A group whose lower bound
/// is no better than what was found is left out, and all smaller ones with it (branch and bound,
/// Land and Doig 1960): that changes nothing.
///
/// Several groups are searched at once, each on a thread of its own. Their results count in the
/// order of the groups, and those that turn out to have been needless do not count: what is found
/// is the same with one thread.
class device_set_search {
 public:
  /// Keeps a reference to `cost`, whose wire type is `wire`. `effort`: see effort_for.
  device_set_search(const cost_model& cost, wire_type wire, double effort,
                    std::size_t threads = planning_threads());
  ~device_set_search();

  /// The best found; may be a single node, also one that is not the host.
  device_set run();

  /// After `run`: the best latency among all candidates tried in which `node` divides the work with
  /// others, and among those in which it does nothing; none where none was tried.
  std::optional<double> with(std::size_t node) const { return with_[node]; }
  std::optional<double> without(std::size_t node) const { return without_[node]; }

 private:
  struct trial;

  device_set best_alone();
  double strips_ms(const node_group& nodes);
  node_group largest();
  node_group without_the_worst(node_group nodes);
  double bound_ms(const node_group& nodes);
  void remember(const std::vector<tried_set>& seen);
  void line_up();
  void add(node_group nodes, bool opens);
  void look_ahead();
  void begin(trial& which);
  bool settle(trial& which);

  const cost_model& cost_;
  wire_type wire_;
  double effort_ = 1;
  std::size_t threads_ = 1;
  const node_kinds kinds_;
  group_search chooser_;                    // of this thread
  std::map<node_group, double> strips_ms_;  // by the kind of a group
  std::map<node_group, double> bounds_ms_;  // likewise
  std::set<node_group> begun_, settled_;    // likewise
  std::deque<std::unique_ptr<trial>> trials_;
  std::size_t next_count_ = 0;      // of the fastest nodes, to be lined up; below 2: all are
  std::optional<device_set> best_;  // of the groups that count
  double quickest_ms_ = 0;          // of all that counts, single nodes too
  double promised_ms_ = 0;          // what some group will take at most, counted or not
  std::vector<std::optional<double>> with_, without_;
};

}  // namespace bramble
