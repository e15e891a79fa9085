#include "model/runtime/aten_tensors.hpp"

#include <ATen/ops/from_blob.h>

namespace bramble {

at::Tensor tensor_over(const tensor_view& view, const value_info& value) {
  if (!is_map(value)) return at::from_blob(view.data, value.shape, scalar_type(value.type));
  const auto& box = view.box;
  return at::from_blob(view.data, {1, box.channels.size(), box.rows.size(), box.columns.size()},
                       {box.rows.size() * view.row_stride, 1, view.row_stride, view.pixel_stride},
                       at::kFloat);
}

namespace {

// LibTorch has no constant memory; nothing here runs an op that writes to its inputs.
at::Tensor tensor_of(const blob& content, const std::vector<std::int64_t>& shape,
                     element_type type) {
  auto* data = const_cast<std::uint8_t*>(content.bytes.data());
  return at::from_blob(
      data, shape, [keep = content.keep](void*) {}, scalar_type(type));
}

}  // namespace

at::Tensor tensor_over(weight_source& weights, weight_id id) {
  const auto& info = weights.model().weights[id];
  return tensor_of(weights.get(id), info.shape, info.type);
}

at::Tensor tensor_over(weight_source& weights, weight_id id, interval rows) {
  const auto& info = weights.model().weights[id];
  auto shape = info.shape;
  shape.at(0) = rows.size();
  return tensor_of(weights.part(id, rows), shape, info.type);
}

}  // namespace bramble
