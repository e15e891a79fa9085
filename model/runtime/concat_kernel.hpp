#pragma once

#include <memory>

#include "model/runtime/kernel.hpp"

namespace bramble {

/// Joins maps along their channels: copies, nothing else.
std::shared_ptr<region_kernel> make_concat_kernel(const graph& g, op_id id, const region& out);

}  // namespace bramble
