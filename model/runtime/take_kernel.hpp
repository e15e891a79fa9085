#pragma once

#include <memory>

#include "model/runtime/kernel.hpp"
#include "model/runtime/weight_source.hpp"

namespace bramble {

/// Rows or columns taken from inputs and constants (`op_kind::take`).
std::shared_ptr<region_kernel> make_take_kernel(weight_source& weights, op_id id,
                                                const region& out);

/// The same pixels in other rows (`op_kind::regroup`).
std::shared_ptr<region_kernel> make_regroup_kernel(const graph& g, op_id id, const region& out);

}  // namespace bramble
