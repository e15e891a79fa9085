#pragma once

#include <memory>

#include "model/runtime/kernel.hpp"
#include "model/runtime/weight_source.hpp"

namespace bramble {

/// Joins maps along their channels, and applies the batch norm and activation that were fused into
/// it, if any, in the same pass.
std::shared_ptr<region_kernel> make_concat_kernel(weight_source& weights, op_id id,
                                                  const region& out);

}  // namespace bramble
