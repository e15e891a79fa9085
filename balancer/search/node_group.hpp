#pragma once

#include <cstdint>
#include <vector>

#include "balancer/cost/cost.hpp"

namespace bramble {

/// Nodes that might work together, ascending.
using node_group = std::vector<std::uint16_t>;

/// How fast the nodes of a shelf are, and which of them are just like each other. Any thread.
class node_kinds {
 public:
  /// Keeps a reference to `cost`.
  explicit node_kinds(const cost_model& cost);

  std::uint16_t host() const { return host_; }
  std::size_t count() const { return by_capacity_.size(); }
  /// In whole models per ms.
  double capacity(std::uint16_t node) const { return capacity_[node]; }

  std::uint16_t fastest_of(const node_group& nodes) const;
  /// So many, of equal ones the host first: it has the input.
  node_group fastest(std::size_t count) const;

  /// By place in `nodes`: the first that is just like it.
  node_group classes_among(const node_group& nodes) const;
  /// The same for groups that differ only in which of equal nodes they hold.
  node_group kind_of(const node_group& nodes) const;

  /// Those whom it may be better to leave out: on a large shelf the slowest, and those with the
  /// slowest links.
  node_group doubtful(const node_group& nodes) const;

 private:
  bool alike(std::uint16_t a, std::uint16_t b, const node_group& nodes) const;

  const cost_model& cost_;
  std::uint16_t host_ = 0;
  std::vector<double> capacity_;
  node_group by_capacity_;  // not ascending: the fastest first
  node_group class_;        // by node: the first that is just like it
};

}  // namespace bramble
