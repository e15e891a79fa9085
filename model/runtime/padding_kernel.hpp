#pragma once

#include <memory>

#include "model/runtime/kernel.hpp"
#include "model/runtime/weight_source.hpp"

namespace bramble {

/// A region of a convolution whose windows all lie in the padding: its bias. Convolutions with more
/// padding than kernel have such borders.
std::shared_ptr<region_kernel> make_padding_kernel(weight_source& weights, op_id id,
                                                   const region& out);

}  // namespace bramble
