#pragma once

#include <memory>

#include "model/runtime/kernel.hpp"

namespace bramble {

/// Max or average pooling of one region. Every output pixel is computed from its own window clipped
/// to the map, so the bits do not depend on the region; kernel, stride, padding, dilation, windows
/// that hang over the edge (ceil_mode), count_include_pad and divisor_override as LibTorch has
/// them.
std::shared_ptr<region_kernel> make_pool_kernel(const graph& g, op_id id, const region& out);

}  // namespace bramble
