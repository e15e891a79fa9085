#pragma once

#include <memory>

#include "model/runtime/kernel.hpp"
#include "model/runtime/weight_source.hpp"

namespace bramble {

/// aten::linear of a single row, the head of most classifiers: reads each weight once, where the
/// bundle has it mapped. The bits of an output do not depend on which others are made. Null for any
/// other call, which LibTorch's BLAS does better.
std::shared_ptr<whole_kernel> make_linear_kernel(weight_source& weights,
                                                 std::shared_ptr<buffer_pool> pool, op_id id);

}  // namespace bramble
