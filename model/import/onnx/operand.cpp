#include "model/import/onnx/operand.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include "config/base/error.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

at::ScalarType own_type(onnx_type type, const std::string& what) {
  if (type == onnx_type::f16) return at::kHalf;
  if (type == onnx_type::bf16) return at::kBFloat16;
  return scalar_type_of(type, what);
}

}  // namespace

at::ScalarType scalar_type_of(onnx_type type, const std::string& what) {
  switch (type) {
    case onnx_type::f32:
    case onnx_type::f16:
    case onnx_type::bf16:
      return at::kFloat;
    case onnx_type::f64:
      return at::kDouble;
    case onnx_type::i64:
      return at::kLong;
    case onnx_type::i32:
      return at::kInt;
    case onnx_type::i16:
      return at::kShort;
    case onnx_type::i8:
      return at::kChar;
    case onnx_type::u8:
      return at::kByte;
    case onnx_type::boolean:
      return at::kBool;
    default:
      throw user_error(what + " is of " + name_of(type) +
                       ", which nodes do not compute with; float32, float64, int8 to int64, uint8 "
                       "and bool are.");
  }
}

onnx_type onnx_type_of(const at::Tensor& tensor) {
  if (!tensor.defined()) return onnx_type::none;
  switch (tensor.scalar_type()) {
    case at::kFloat:
      return onnx_type::f32;
    case at::kDouble:
      return onnx_type::f64;
    case at::kLong:
      return onnx_type::i64;
    case at::kInt:
      return onnx_type::i32;
    case at::kShort:
      return onnx_type::i16;
    case at::kChar:
      return onnx_type::i8;
    case at::kByte:
      return onnx_type::u8;
    case at::kBool:
      return onnx_type::boolean;
    default:
      return onnx_type::none;
  }
}

bool is_half(onnx_type type) {
  return type == onnx_type::f16 || type == onnx_type::bf16;
}

at::Tensor tensor_of(const onnx_tensor& constant) {
  const auto type = own_type(constant.type, "the constant `" + printable(constant.name) + "`");
  if (constant.bytes.empty()) return at::empty(constant.shape, type);
  // LibTorch promises not to write: the graph's ops are those that make new tensors.
  auto* bytes = const_cast<std::uint8_t*>(constant.bytes.data());
  auto tensor = at::from_blob(
      bytes, constant.shape, [keep = constant.keep](void*) {}, type);
  return type == at::kHalf || type == at::kBFloat16 ? tensor.to(at::kFloat) : tensor;
}

}  // namespace bramble
