#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>

#include "model/import/lift.hpp"

namespace bramble {
namespace {

using torch::jit::Node;
using torch::jit::Value;
using of_t = axis_part::of_t;
using shape_t = std::vector<std::int64_t>;

bool reshapes(const Node* node) {
  for (const auto* name : {"aten::reshape", "aten::view", "aten::flatten", "aten::squeeze",
                           "aten::unsqueeze", "aten::unflatten", "aten::_unsafe_view"})
    if (is_op(node, name)) return true;
  return false;
}

bool permutes(const Node* node) {
  return is_op(node, "aten::permute") || is_op(node, "aten::transpose");
}

/// One element of an axis, or some that follow each other at equal distances.
struct slice_of_axis {
  std::size_t axis = 0;
  std::int64_t first = 0;
  std::int64_t step = 1;
  bool drops_axis = false;
};

std::optional<slice_of_axis> slice_of(const Node* node, const shape_t& from) {
  const bool one = is_op(node, "aten::select");
  if (!one && !is_op(node, "aten::slice") && !is_op(node, "aten::narrow")) return {};
  const auto along = constant_int(node->input(1));
  if (!along) return {};
  slice_of_axis out{static_cast<std::size_t>(from_front(*along, from.size())), 0, 1, one};
  const auto size = from.at(out.axis);
  const auto first = is_none(node->input(2)) ? 0 : constant_int(node->input(2));
  if (!first) return {};
  out.first = std::clamp<std::int64_t>(*first < 0 ? *first + size : *first, 0, size);
  if (is_op(node, "aten::slice")) {
    const auto step = constant_int(node->input(4));
    if (!step || *step < 1) return {};
    out.step = *step;
  }
  return out;
}

/// Rows that are seen as the rows and columns of a photo again: a map of these.
placed_tensor as_photo(graph_builder& builder, placed_tensor tensor, const shape_t& shape) {
  const auto map = builder.shape(tensor.map);
  if (shape.size() != 4 || shape[0] != 1 || shape[1] != map[1] || map[3] != 1) return tensor;
  const auto rows = arranged_as({1, map[1], shape[2] * shape[3], 1},
                                {of_t::channels, of_t::rows, of_t::columns}, shape);
  if (!rows || *rows != tensor.how) return tensor;
  return {in_pixels(builder, tensor.map, shape),
          *arranged_as(shape, {of_t::channels, of_t::rows, of_t::columns}, shape)};
}

bool lift_slice(const Node* node, graph_builder& builder, const placed_tensor& from) {
  const auto& shape = builder.facts().tensor(node->input(0))->shape;
  const auto slice = slice_of(node, shape);
  if (!slice) return false;
  const auto& out = builder.facts().tensor(node->output())->shape;
  const auto count = slice->drops_axis ? 1 : out.at(slice->axis);
  auto how = sliced(from.how, slice->axis, slice->first, slice->step, count);
  if (!how) return false;
  if (slice->drops_axis) *how = without_axis(*how, slice->axis);
  carry_placed(builder, node->output(), {from.map, std::move(*how)});
  return true;
}

}  // namespace

std::optional<placed_tensor> placed(const graph_builder& builder, const Value* value) {
  const auto carried = builder.carried(value);
  if (!carried) return {};
  if (carried->form == tensor_form::arranged) return placed_tensor{carried->map, carried->how};
  const auto& map = builder.shape(carried->map);
  const auto order = carried->form == tensor_form::channels_last
                         ? std::array{of_t::rows, of_t::columns, of_t::channels}
                         : std::array{of_t::channels, of_t::rows, of_t::columns};
  auto how = arranged_as(map, order, builder.facts().tensor(value)->shape);
  if (!how) return {};
  return placed_tensor{carried->map, std::move(*how)};
}

void carry_placed(graph_builder& builder, const Value* value, const placed_tensor& tensor) {
  const auto& map = builder.shape(tensor.map);
  const auto& shape = builder.facts().tensor(value)->shape;
  const auto form = [&]() {
    if (!shape.empty() && shape.back() == map[1] && in_memory_order(tensor.how, map))
      return tensor_form::channels_last;
    const bool may_be_first = shape.size() > 1 && shape[0] == 1 && shape[1] == map[1];
    const auto first = may_be_first
                           ? arranged_as(map, {of_t::channels, of_t::rows, of_t::columns}, shape)
                           : std::optional<arrangement>{};
    return first && *first == tensor.how ? tensor_form::channels_first : tensor_form::arranged;
  }();
  builder.carry(value,
                {tensor.map, form, form == tensor_form::arranged ? tensor.how : arrangement{}});
}

placed_tensor settled(graph_builder& builder, const placed_tensor& tensor) {
  const auto map = selected(builder, tensor.map, channels_of(tensor.how));
  return {map, with_own_channels(tensor.how)};
}

value_id in_pixels(graph_builder& builder, value_id map, const shape_t& shape) {
  if (builder.shape(map) == shape) return map;
  op o;
  // Pixels in other rows can be divided, other bytes cannot.
  o.kind = builder.shape(map)[1] == shape[1] ? op_kind::regroup : op_kind::reshape;
  o.name = builder.next_name(name_of(o.kind));
  o.inputs = {map};
  return builder.append(std::move(o), shape);
}

placed_tensor in_rows(graph_builder& builder, const placed_tensor& tensor) {
  const auto shape = builder.shape(tensor.map);
  if (shape[3] == 1) return tensor;
  return {in_pixels(builder, tensor.map, {1, shape[1], shape[2] * shape[3], 1}),
          with_rows_only(tensor.how, shape[3])};
}

at::Tensor laid_out(const at::Tensor& t, const arrangement& how) {
  struct placed_part {
    axis_part part;
    std::int64_t at;
  };
  std::vector<placed_part> parts;
  shape_t cut;
  for (const auto& axis : how.axes)
    for (const auto& part : axis) {
      parts.push_back({part, static_cast<std::int64_t>(cut.size())});
      cut.push_back(part.size);
    }
  std::stable_sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) {
    return std::pair{a.part.of, -a.part.stride} < std::pair{b.part.of, -b.part.stride};
  });
  shape_t order, lying{1, 1, 1};
  order.reserve(parts.size());
  for (const auto& [part, at] : parts) {
    order.push_back(at);
    lying[static_cast<std::size_t>(part.of)] *= part.size;
  }
  return t.reshape(cut).permute(order).reshape(lying).contiguous();
}

bool lift_view(const Node* node, graph_builder& builder) {
  if (node->inputs().size() == 0) return false;
  const auto from = placed(builder, node->input(0));
  if (!from) return false;
  if (reshapes(node)) {
    auto how = reshaped(from->how, builder.facts().tensor(node->output())->shape);
    if (!how) return false;
    const auto& shape = builder.facts().tensor(node->output())->shape;
    carry_placed(builder, node->output(), as_photo(builder, {from->map, std::move(*how)}, shape));
    return true;
  }
  if (permutes(node)) {
    const auto order = order_of(node, from->how.axes.size());
    if (!order) return false;
    carry_placed(builder, node->output(), {from->map, permuted(from->how, *order)});
    return true;
  }
  return lift_slice(node, builder, *from);
}

}  // namespace bramble
