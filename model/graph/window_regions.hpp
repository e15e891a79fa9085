#pragma once

#include <string>

#include "model/graph/region.hpp"

namespace bramble {

/// Products in windows of pixels (`op_kind::window_product`). A pixel of the output reads its own
/// on the left and those of its window on the right, so a strip of whole windows reads a strip; any
/// other reads the rest of the windows that it cuts, on the right alone. As `needed_inputs` hands
/// it out; `out` is not empty.
region left_in_windows(const graph& g, const op& o, const region& out);
region right_in_windows(const graph& g, const op& o, const region& out);

/// What an output region has of pixels, of heads, and of each of these heads: of scores the pixels
/// of a window that are multiplied with, of sums channels.
struct window_part {
  interval columns;  ///< of pixels; their rows are the region's
  interval heads;
  interval own;
};
window_part part_in_windows(const graph& g, const op& o, const region& out);

/// What is wrong with such an op of a graph from outside; empty for a sound one.
std::string fault_of_window_product(const graph& g, const op& o);

}  // namespace bramble
