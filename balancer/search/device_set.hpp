#pragma once

#include <map>
#include <optional>
#include <set>

#include "balancer/search/search.hpp"

namespace bramble {

/// A candidate and who works in it.
struct device_set {
  std::vector<std::uint16_t> nodes;  ///< ascending
  std::vector<double> weights;       ///< their shares, not normalised
  std::uint16_t home = 0;            ///< does what cannot be divided
  candidate work;
  double ms = 0;
};

/// Finds out who should work on a request, and remembers for each node the best that was found with
/// it and without it.
///
/// Searched are all nodes, then those without the slowest, and so on, and of each of these groups
/// the one without whom strips do better. What a search of a group finds depends on that group
/// alone. So the best for n nodes is never worse than for n - 1 of them, the slowest left out: it
/// is the best of the same searches and of those with the slowest node. A group whose lower bound
/// is no better than what was found is left out, and all smaller ones with it (branch and bound,
/// Land and Doig 1960): that changes nothing.
class device_set_search {
 public:
  /// Keeps a reference to `cost`, whose wire type is `wire`. `effort`: see effort_for.
  device_set_search(const cost_model& cost, wire_type wire, double effort);

  /// The best found; may be a single node, also one that is not the host.
  device_set run();

  /// After `run`: the best latency among all candidates tried in which `node` divides the work with
  /// others, and among those in which it does nothing; none where none was tried.
  std::optional<double> with(std::size_t node) const { return with_[node]; }
  std::optional<double> without(std::size_t node) const { return without_[node]; }

 private:
  using group = std::vector<std::uint16_t>;  // of nodes, ascending

  device_set alone(std::uint16_t node);
  device_set best_alone();
  device_set strips(const group& nodes);
  double strips_ms(const group& nodes);
  void lay_out(device_set& t);
  void tune(device_set& t);
  void remember(const device_set& t);
  bool alike(std::uint16_t a, std::uint16_t b, const group& nodes) const;
  group classes_among(const group& nodes) const;
  group kind_of(const group& nodes) const;
  group fastest(std::size_t count) const;
  group largest();
  group without_the_worst(group nodes);
  group doubtful(const group& nodes) const;
  double bound_ms(group nodes) const;
  void consider(const group& nodes);
  device_set searched(const group& nodes);

  const cost_model& cost_;
  wire_type wire_;
  double effort_ = 1;
  std::uint16_t host_ = 0;
  plan_search search_;
  std::vector<double> capacity_;  // by node: whole models per ms
  group by_capacity_;
  group class_;                        // by node: the first that is just like it
  std::map<group, double> strips_ms_;  // by the kind of a group
  std::set<group> searched_;           // likewise
  std::optional<device_set> best_;     // of those that were searched
  double quickest_ms_ = 0;             // of all, single nodes too
  std::vector<std::optional<double>> with_, without_;
};

}  // namespace bramble
