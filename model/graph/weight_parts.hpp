#pragma once

#include <compare>
#include <vector>

#include "model/graph/region.hpp"

namespace bramble {

/// The part of a weight that making a region of an op needs, and what it takes in memory. Of
/// convolutions it is that of the region's output channels (those of whole groups, as kernels make
/// them), of all other ops the whole weight. Parts that are equal are one copy in memory, whoever
/// reads them.
struct weight_part {
  weight_id weight = 0;
  interval channels;  ///< of the op's output; {0, 0} for a whole weight
  std::uint64_t bytes = 0;

  friend auto operator<=>(const weight_part& a, const weight_part& b) {
    if (const auto order = a.weight <=> b.weight; std::is_neq(order)) return order;
    if (const auto order = a.channels.begin <=> b.channels.begin; std::is_neq(order)) return order;
    return a.channels.end <=> b.channels.end;
  }
  friend bool operator==(const weight_part& a, const weight_part& b) {
    return a.weight == b.weight && a.channels == b.channels;
  }
};

/// What making `out` of `o`'s first output needs, those in the arguments of its call included. The
/// planner counts by it, and the runtime loads by it.
std::vector<weight_part> weight_parts(const graph& g, const op& o, const region& out);

/// Whether an op has so many weights that a piece's time is not in proportion to its output.
bool reads_weights(const op& o);

/// The weights of all ops, each op's on its own: what a node that runs the model whole keeps.
std::uint64_t all_weight_bytes(const graph& g);

}  // namespace bramble
