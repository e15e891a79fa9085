#pragma once

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

/// Finds out who should work on a request: tries groups of nodes, and remembers for each node the
/// best that was found with it and without it.
class device_set_search {
 public:
  /// Keeps a reference to `cost`. `effort`: see plan_search.
  device_set_search(const cost_model& cost, std::uint64_t effort);

  /// The best found; may be a single node, also one that is not the host.
  device_set run();

  /// After `run`: the best latency among all candidates tried in which `node` divides the work with
  /// others, and among those in which it does nothing; none where none was tried.
  std::optional<double> with(std::size_t node) const { return with_[node]; }
  std::optional<double> without(std::size_t node) const { return without_[node]; }

 private:
  device_set alone(std::uint16_t node);
  device_set strips(const std::vector<std::uint16_t>& nodes);
  void lay_out(device_set& t);
  void improve(device_set& t, std::uint64_t effort);
  void remember(const device_set& t);
  void find_classes();
  bool is_new(const std::vector<std::uint16_t>& nodes);
  void add_fastest(std::vector<device_set>& device_sets);
  void add_by_dropping(std::vector<device_set>& device_sets, device_set current);
  std::vector<device_set> choose_finalists(std::vector<device_set>& device_sets);
  std::vector<std::uint16_t> doubtful(const device_set& t) const;
  void tune(device_set& t);
  bool add_left_out(device_set& best);

  const cost_model& cost_;
  std::uint64_t effort_ = 0;
  std::uint16_t host_ = 0;
  plan_search search_;
  std::vector<double> capacity_;  // by node: whole models per ms
  std::vector<std::uint16_t> by_capacity_;
  std::vector<std::uint16_t> class_;            // by node: the first that is just like it
  std::set<std::vector<std::uint16_t>> tried_;  // groups of nodes, by their classes
  std::vector<std::optional<double>> with_, without_;
};

}  // namespace bramble
