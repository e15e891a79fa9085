#pragma once

#include <memory>

#include "model/runtime/kernel.hpp"
#include "model/runtime/weight_source.hpp"

namespace bramble {

/// A transposed convolution through LibTorch, which makes all that its strip of the input spreads
/// to; the region is cut out of that. Regions agree with the whole within rounding. `out` must read
/// at least one element of the input.
std::shared_ptr<region_kernel> make_aten_transposed(weight_source& weights, op_id id,
                                                    const region& out);

}  // namespace bramble
