#pragma once

#include <memory>

#include "model/runtime/kernel.hpp"
#include "model/runtime/weight_source.hpp"

namespace bramble {

/// Products of matrices (`op_kind::product`), for any rows and heads: the BLAS reads and writes the
/// maps where they lie, whatever stands between a head's rows.
std::shared_ptr<region_kernel> make_matrix_kernel(const graph& g, op_id id, const region& out);

}  // namespace bramble
