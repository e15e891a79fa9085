#pragma once

#include <memory>

#include "model/runtime/kernel.hpp"

namespace bramble {

/// Nearest or bilinear upsampling. The bits do not depend on how the map is divided.
std::shared_ptr<region_kernel> make_upsample_kernel(const graph& g, op_id id, const region& out);

}  // namespace bramble
