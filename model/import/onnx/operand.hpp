#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/import/onnx/file/onnx_model.hpp"

namespace bramble {

/// The reals that whole numbers were made of: clipped to what these can hold, but not rounded.
struct onnx_reals {
  at::Tensor reals, scale, zero;
};

/// A tensor on its way through a run of an ONNX graph.
struct onnx_operand {
  at::Tensor tensor;  ///< undefined: left out
  /// Which of the network's inputs it depends on; the last bit stands for all from 64 on.
  std::uint64_t inputs = 0;
  std::shared_ptr<const onnx_reals> real{};  ///< of a quantised one, if they are to be had
  /// float16 or bfloat16 where the file says so of an input or constant, which is wider here.
  onnx_type half = onnx_type::none;

  /// The same whatever the network is given: its content may decide shapes.
  bool known() const { return inputs == 0; }
};

/// What LibTorch computes with for numbers of this type: halves as float32. Throws `user_error`
/// (starting with `what`, such as "the constant `w`") for types that it does not have.
at::ScalarType scalar_type_of(onnx_type type, const std::string& what);

/// ONNX's number for a tensor's type; `none` for one that ONNX does not have.
onnx_type onnx_type_of(const at::Tensor& tensor);

bool is_half(onnx_type type);

/// A constant of a file. Halves are widened; everything else is the file's own bytes.
at::Tensor tensor_of(const onnx_tensor& constant);

}  // namespace bramble
