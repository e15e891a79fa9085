#pragma once

#include <map>
#include <string>
#include <vector>

#include "balancer/shelf/shelf.hpp"
#include "model/graph/structure.hpp"

namespace bramble {

/// What can be said of a model before any plan.
struct model_stats {
  std::map<std::string, std::size_t> ops;  ///< how many of each kind
  std::vector<layer> layers;
  std::size_t parallel_layers = 0;  ///< those with more than one branch
  std::size_t branches = 0;         ///< in the parallel layers
  std::size_t widest = 1;           ///< most branches of one layer
  double macs = 0;
  double splittable_macs = 0;  ///< of ops whose output can be divided
  double moved_bytes = 0;      ///< that all ops read, make and weigh
  std::uint64_t parameters = 0;
  std::uint64_t weight_bytes = 0;  ///< in the store and on the wire, each blob once

  double splittable_share() const { return macs > 0 ? splittable_macs / macs : 0; }
};

model_stats facts_of(const graph& g);

/// Work over critical path: whole branches on different nodes, without any network, are at most so
/// much faster than one node. 1 for a graph without work.
struct branch_ceiling {
  double work = 0;
  double longest = 0;
  double ratio() const { return longest > 0 ? work / longest : 1; }
};

/// In multiply-accumulates.
branch_ceiling ceiling_in_macs(const graph& g);

/// In milliseconds of a device; ops that were not measured count nothing. `table` has one entry for
/// each op.
branch_ceiling ceiling_in_ms(const graph& g, const op_table& table);

}  // namespace bramble
