#pragma once

#include <memory>

#include "model/runtime/kernel.hpp"

namespace bramble {

/// Copies chosen channels of every pixel.
std::shared_ptr<region_kernel> make_select_kernel(const graph& g, op_id id, const region& out);

}  // namespace bramble
