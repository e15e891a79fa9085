#include "model/runtime/threads.hpp"
#include "model/runtime/xnnpack_convolution.hpp"

// Built instead of xnnpack_convolution.cpp where XNNPACK is not installed.

namespace bramble {

struct xnnpack_convolutions::state {};

xnnpack_convolutions::xnnpack_convolutions(weight_source&, std::shared_ptr<buffer_pool>, int) {}
xnnpack_convolutions::~xnnpack_convolutions() = default;

bool xnnpack_convolutions::can(op_id) const {
  return false;
}

std::shared_ptr<region_kernel> xnnpack_convolutions::make(op_id, const region&, const region&) {
  return nullptr;
}

bool has_xnnpack() {
  return false;
}

}  // namespace bramble
