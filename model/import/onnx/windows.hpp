#pragma once

#include "model/import/onnx/node_call.hpp"

namespace bramble {

/// The sliding window of a convolution or pooling, an entry for each axis of the picture.
struct onnx_window {
  shape_t kernel, stride, dilation, before, behind;  ///< the last two: what is put around

  std::size_t rank() const { return kernel.size(); }
  /// The same on both sides of every axis.
  bool even() const { return before == behind; }
  /// LibTorch pools with no more than half a window around.
  bool narrow() const;
};

/// As a node says it, for a picture of `sizes` (without batch and channels): strides and dilations
/// of 1 where it does not, `auto_pad` worked out. Throws `onnx_refused`.
onnx_window window_of(const node_call& call, const shape_t& sizes, shape_t kernel);

/// The sizes of a tensor behind batch and channels.
shape_t picture_of(const at::Tensor& x);

/// `x` with `value` around its pictures; negative widths cut off.
at::Tensor padded(const at::Tensor& x, const shape_t& before, const shape_t& behind,
                  const at::Scalar& value);

}  // namespace bramble
