#pragma once

#include <vector>

#include "model/graph/region.hpp"

namespace bramble {

/// The regions of an op that a calibration times: the whole first, then strips of rows from its
/// middle and, where it reads weights, slices of channels. Without those whose weights take more
/// than `most_weight_bytes`; where all do, the one that takes least.
std::vector<region> sizes_to_time(const graph& g, const op& o, std::uint64_t most_weight_bytes);

/// What the weights for a region take.
std::uint64_t weight_bytes(const graph& g, const op& o, const region& out);

/// The same of all of these at once: strips share the weights of the whole.
std::uint64_t weight_bytes(const graph& g, const op& o, const std::vector<region>& regions);

}  // namespace bramble
