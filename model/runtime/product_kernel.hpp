#pragma once

#include <memory>

#include "model/runtime/kernel.hpp"
#include "model/runtime/weight_source.hpp"

namespace bramble {

/// True for a convolution whose one window is the whole map: a matrix times a vector, as in a
/// classifier's last layers.
bool is_product(const graph& g, const op& o);

/// Such a convolution, for any of its output channels. What limits it is reading the weights, so
/// they are read where they lie; the bits do not depend on how the channels are divided.
std::shared_ptr<region_kernel> make_product_kernel(weight_source& weights, op_id id,
                                                   const region& out);

}  // namespace bramble
