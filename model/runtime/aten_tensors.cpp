#include "model/runtime/aten_tensors.hpp"

#include <ATen/ops/from_blob.h>

namespace bramble {

at::ScalarType scalar_type(element_type type) {
  switch (type) {
    case element_type::f32:
      return at::kFloat;
    case element_type::f16:
      return at::kHalf;
    case element_type::f64:
      return at::kDouble;
    case element_type::i64:
      return at::kLong;
    case element_type::i32:
      return at::kInt;
    case element_type::i16:
      return at::kShort;
    case element_type::i8:
      return at::kChar;
    case element_type::u8:
      return at::kByte;
    default:
      return at::kBool;
  }
}

at::Tensor tensor_over(const tensor_view& view, const value_info& value) {
  if (!is_map(value)) return at::from_blob(view.data, value.shape, scalar_type(value.type));
  const auto& box = view.box;
  return at::from_blob(view.data, {1, box.channels.size(), box.rows.size(), box.columns.size()},
                       {box.rows.size() * view.row_stride, 1, view.row_stride, view.pixel_stride},
                       at::kFloat);
}

at::Tensor tensor_over(weight_source& weights, weight_id id) {
  const auto& info = weights.model().weights[id];
  auto content = weights.get(id);
  // LibTorch has no constant memory; nothing here runs an op that writes to its inputs.
  auto* data = const_cast<std::uint8_t*>(content.bytes.data());
  return at::from_blob(
      data, info.shape, [keep = content.keep](void*) {}, scalar_type(info.type));
}

}  // namespace bramble
