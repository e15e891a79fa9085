#pragma once

#include <memory>

#include "model/runtime/kernel.hpp"

namespace bramble {

/// Products in windows of pixels (`op_kind::window_product`), by our own loops: a window's matrices
/// are too small to call a BLAS for, and every element is added up in the same order whatever part
/// of its window is made with it.
std::shared_ptr<region_kernel> make_window_kernel(const graph& g, op_id id, const region& out);

}  // namespace bramble
