#pragma once

#include <memory>

#include "model/runtime/kernel.hpp"
#include "model/runtime/weight_source.hpp"

namespace bramble {

/// A convolution through LibTorch, for what oneDNN does not do and where it is not built in.
/// Regions agree with the whole within rounding (LibTorch chooses its algorithm by size). `out`
/// must read at least one element of the input.
std::shared_ptr<region_kernel> make_aten_convolution(weight_source& weights, op_id id,
                                                     const region& out);

}  // namespace bramble
