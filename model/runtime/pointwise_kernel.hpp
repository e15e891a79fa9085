#pragma once

#include <memory>

#include "model/runtime/kernel.hpp"
#include "model/runtime/weight_source.hpp"

namespace bramble {

/// The elementwise ops that models spend time on, in loops of our own: relu, clamps, sums and
/// products (also with a value or constant per channel), batch norm. Null for any other, which goes
/// through LibTorch's registry.
std::shared_ptr<region_kernel> make_pointwise_kernel(weight_source& weights, op_id id,
                                                     const region& out);

/// What a convolution does to its sum when its backend cannot: adds `residual` (may be null) and
/// applies `activation`, in place.
void finish_in_place(const tensor_view& out, const tensor_view* residual,
                     const fused_activation& activation);

}  // namespace bramble
