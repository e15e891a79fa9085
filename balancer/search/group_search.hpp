#pragma once

#include <atomic>
#include <vector>

#include "balancer/search/node_group.hpp"
#include "balancer/search/search.hpp"

namespace bramble {

/// A candidate and who works in it.
struct device_set {
  node_group nodes;
  std::vector<double> weights;  ///< their shares, not normalised
  std::uint16_t home = 0;       ///< does what cannot be divided
  candidate work;
  double ms = 0;
};

/// A candidate that was tried: who did some of the work, and how long it took.
struct tried_set {
  std::vector<bool> works;  ///< by node
  double ms = 0;
};

/// Searches for the best division among given nodes. What it finds depends on these nodes and the
/// host alone, whatever was searched before. One thread at a time.
class group_search {
 public:
  /// Keeps references. `stop`: from then on what it finds is worth nothing, and soon there.
  group_search(const cost_model& cost, const node_kinds& kinds,
               const std::atomic<bool>* stop = nullptr);

  /// Everything on one node.
  device_set alone(std::uint16_t node);
  /// Strips in proportion to capacity: what a group can be expected to do.
  device_set strips(const node_group& nodes);
  /// By layouts, and by local search from the best of them, for so many simulated steps and
  /// transfers.
  device_set searched(const node_group& nodes, std::uint64_t effort);

  /// All that was tried since the last call.
  std::vector<tried_set> take_tried();

 private:
  void remember(const device_set& t);
  void lay_out(device_set& t);
  void tune(device_set& t);

  const node_kinds& kinds_;
  std::size_t all_nodes_;
  plan_search search_;
  std::vector<tried_set> seen_;
};

}  // namespace bramble
