#pragma once

#include <memory>

#include "model/runtime/kernel.hpp"
#include "model/runtime/weight_source.hpp"

namespace bramble {

/// Runs a per-pixel op through the registry, on a matrix with a row for each pixel of the region.
std::shared_ptr<region_kernel> make_per_pixel_kernel(weight_source& weights, op_id id,
                                                     const region& out);

/// The same bytes under another shape.
std::shared_ptr<whole_kernel> make_reshape_kernel(const graph& g, op_id id,
                                                  std::shared_ptr<buffer_pool> pool);

}  // namespace bramble
