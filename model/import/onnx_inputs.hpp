#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "model/import/inputs.hpp"
#include "model/import/onnx/file/onnx_model.hpp"

namespace bramble {

/// What one input of an ONNX network is to be: a tensor of a shape, or for good these values.
struct onnx_binding {
  std::string name;
  std::vector<std::int64_t> shape;
  at::ScalarType type = at::kFloat;
  onnx_type half = onnx_type::none;  ///< float16 or bfloat16, of which float32 is given
  at::Tensor value{};                ///< undefined: it is given with every request
};

/// Brings together what the file says of its inputs and what was given, by name or in order. Throws
/// `user_error` (starting with `file`) for what contradicts the file, and for sizes that neither
/// says, all of them in one sentence.
std::vector<onnx_binding> bind_onnx_inputs(const std::vector<onnx_value>& inputs,
                                           const import_inputs& given, const std::string& file);

}  // namespace bramble
