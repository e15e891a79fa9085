#include <ATen/core/Tensor.h>

#include <algorithm>
#include <numeric>

#include "model/import/lift.hpp"

namespace bramble {
namespace {

using torch::jit::Node;
using torch::jit::Value;
using shape_t = std::vector<std::int64_t>;

std::optional<at::Tensor> float_constant(const Value* value) {
  const auto tensor = constant_tensor(value);
  if (!tensor || !at::isFloatingType(tensor->scalar_type())) return {};
  return tensor;
}

/// x times weight (rows are outputs) plus bias.
struct linear_layer {
  const Value* x = nullptr;
  at::Tensor weight;
  at::Tensor bias;  // may be undefined
};

std::optional<linear_layer> linear_of(const Node* node) {
  const bool adds = is_op(node, "aten::addmm"), is_linear = is_op(node, "aten::linear");
  if (!adds && !is_linear && !is_op(node, "aten::matmul") && !is_op(node, "aten::mm")) return {};
  const auto weight = float_constant(node->input(adds ? 2 : 1));
  if (!weight || weight->dim() != 2) return {};
  linear_layer out{node->input(adds ? 1 : 0), is_linear ? *weight : weight->t(), {}};
  if (!adds && !is_linear) return out;
  if (adds && (constant_number(node->input(3)).value_or(0) != 1 ||
               constant_number(node->input(4)).value_or(0) != 1))
    return {};
  const auto* bias = node->input(adds ? 0 : 2);
  if (is_none(bias)) return out;
  const auto given = float_constant(bias);
  if (!given || given->numel() != out.weight.size(0)) return {};
  out.bias = given->reshape({-1});
  return out;
}

/// An op on maps that LibTorch knows for matrices with a row for each pixel.
op per_pixel(const Node* node, graph_builder& builder, value_id map) {
  op o;
  o.kind = op_kind::per_pixel;
  o.name = builder.next_name(node->kind().toUnqualString());
  o.inputs = {map};
  o.call = builder.call_of(node, {{0, value_ref{map}}});
  return o;
}

bool lift_layer_norm(const Node* node, graph_builder& builder) {
  const auto* x = node->input(0);
  if (!can_have_channels_last(builder, x)) return false;
  // One that is a map by itself would have to be turned for this alone.
  const auto carried = builder.carried(x);
  if (carried && carried->form != tensor_form::channels_last) return false;
  const shape_t channels{builder.facts().tensor(x)->shape.back()};
  if (constant_ints(node->input(1)) != channels) return false;
  const auto map = with_channels_last(builder, x);
  const auto made = builder.append(per_pixel(node, builder, map), builder.shape(map));
  builder.carry(node->output(), {made, tensor_form::channels_last});
  return true;
}

bool lift_softmax(const Node* node, graph_builder& builder) {
  const auto* x = node->input(0);
  const auto carried = builder.carried(x);
  const auto axis = constant_int(node->input(1));
  if (!carried || !axis || !is_none(node->input(2))) return false;
  const auto rank = builder.facts().tensor(x)->shape.size();
  if (from_front(*axis, rank) != channel_axis(carried->form, rank)) return false;
  auto o = per_pixel(node, builder, carried->map);
  o.call.arguments[1] = std::int64_t{1};
  const auto made = builder.append(std::move(o), builder.shape(carried->map));
  builder.carry(node->output(), {made, carried->form});
  return true;
}

bool lift_adaptive(const Node* node, graph_builder& builder) {
  const auto size = constant_pair(node->input(1));
  if (!builder.facts().is_map(node->input(0)) || !size) return false;
  const auto in = builder.facts().tensor(node->input(0))->shape;
  const bool divides = in[2] % (*size)[0] == 0 && in[3] % (*size)[1] == 0;
  if (!divides) return false;
  const std::array<std::int64_t, 2> kernel{in[2] / (*size)[0], in[3] / (*size)[1]};
  auto map = builder.value(node->input(0));
  if (*size == std::array<std::int64_t, 2>{1, 1})
    map = global_average(builder, map);
  else if (kernel != std::array<std::int64_t, 2>{1, 1})
    map = average(builder, map, kernel);
  builder.carry(node->output(), {map, tensor_form::channels_first});
  return true;
}

/// Over all axes that are pixels, and no other.
bool lift_mean(const Node* node, graph_builder& builder) {
  const auto carried = builder.carried(node->input(0));
  if (!carried || node->inputs().size() != 4 || !is_none(node->input(3))) return false;
  auto given = constant_ints(node->input(1));
  const auto keep = constant_bool(node->input(2));
  const auto& in = builder.facts().tensor(node->input(0))->shape;
  const auto channels = channel_axis(carried->form, in.size());
  if (!given || !keep || channels < 0 || in[0] != 1) return false;
  for (auto& axis : *given) axis = from_front(axis, in.size());
  std::sort(given->begin(), given->end());
  shape_t pixels;
  for (std::int64_t axis = 1; axis < static_cast<std::int64_t>(in.size()); ++axis)
    if (axis != channels) pixels.push_back(axis);
  if (*given != pixels || pixels.empty()) return false;
  const auto map = global_average(builder, carried->map);
  const bool first = carried->form == tensor_form::channels_first && *keep;
  builder.carry(node->output(),
                {map, first ? tensor_form::channels_first : tensor_form::channels_last});
  return true;
}

/// Which channels of its input a node keeps, when it works along `axis` of `size`.
std::optional<shape_t> chosen_channels(const Node* node, std::int64_t axis, std::int64_t size,
                                       std::size_t rank) {
  const auto along = constant_int(node->input(1));
  if (!along || from_front(*along, rank) != axis) return {};
  if (is_op(node, "aten::index_select")) {
    const auto indices = constant_tensor(node->input(2));
    if (!indices) return {};
    const auto list = indices->to(at::kLong).contiguous();
    return shape_t(list.data_ptr<std::int64_t>(), list.data_ptr<std::int64_t>() + list.numel());
  }
  if (is_op(node, "aten::narrow")) {
    const auto start = constant_int(node->input(2)), length = constant_int(node->input(3));
    if (!start || !length) return {};
    shape_t out(static_cast<std::size_t>(*length));
    std::iota(out.begin(), out.end(), *start < 0 ? *start + size : *start);
    return out;
  }
  const auto bound = [&](std::size_t i, std::int64_t otherwise) -> std::optional<std::int64_t> {
    if (is_none(node->input(i))) return otherwise;
    const auto given = constant_int(node->input(i));
    if (!given) return {};
    return std::clamp<std::int64_t>(*given < 0 ? *given + size : *given, 0, size);
  };
  const auto start = bound(2, 0), end = bound(3, size), step = constant_int(node->input(4));
  if (!start || !end || !step || *step < 1) return {};
  shape_t out;
  for (auto c = *start; c < *end; c += *step) out.push_back(c);
  return out;
}

}  // namespace

value_id average(graph_builder& builder, value_id map, std::array<std::int64_t, 2> kernel) {
  op o;
  o.kind = op_kind::avg_pool;
  o.name = builder.next_name("avgpool") + " " + std::to_string(kernel[0]) + "x" +
           std::to_string(kernel[1]);
  o.inputs = {map};
  o.win.kernel = o.win.stride = kernel;
  const auto shape = builder.shape(map);
  return builder.append(std::move(o), {1, shape[1], shape[2] / kernel[0], shape[3] / kernel[1]});
}

value_id global_average(graph_builder& builder, value_id map) {
  const auto shape = builder.shape(map);
  if (shape[3] > 1) map = average(builder, map, {1, shape[3]});
  if (shape[2] > 1) map = average(builder, map, {shape[2], 1});
  return map;
}

bool lift_linear(const Node* node, graph_builder& builder) {
  const auto layer = linear_of(node);
  if (!layer || !can_have_channels_last(builder, layer->x)) return false;
  const auto in = layer->weight.size(1), out = layer->weight.size(0);
  op o;
  o.kind = op_kind::convolution;
  value_id map = no_id;
  const auto carried = builder.carried(layer->x);
  if (carried && carried->form == tensor_form::flat) {
    // Every weight meets one element of the map: a convolution with one window.
    map = carried->map;
    const auto& shape = builder.shape(map);
    o.win.kernel = {shape[2], shape[3]};
    o.weights = {builder.weight(layer->weight.reshape({out, shape[1], shape[2], shape[3]}))};
  } else {
    map = with_channels_last(builder, layer->x);
    o.weights = {builder.weight(layer->weight.reshape({out, in, 1, 1}))};
  }
  if (layer->bias.defined()) o.weights.push_back(builder.weight(layer->bias));
  o.name = builder.next_name("linear") + " " + std::to_string(out);
  o.inputs = {map};
  auto shape = builder.shape(map);
  shape[1] = out;
  if (carried && carried->form == tensor_form::flat) shape[2] = shape[3] = 1;
  const auto made = builder.append(std::move(o), std::move(shape));
  builder.carry(node->output(), {made, tensor_form::channels_last});
  return true;
}

bool lift_norm(const Node* node, graph_builder& builder) {
  if (is_op(node, "aten::layer_norm")) return lift_layer_norm(node, builder);
  if (is_op(node, "aten::softmax") || is_op(node, "aten::log_softmax"))
    return lift_softmax(node, builder);
  return false;
}

bool lift_average(const Node* node, graph_builder& builder) {
  if (is_op(node, "aten::adaptive_avg_pool2d")) return lift_adaptive(node, builder);
  return is_op(node, "aten::mean") && lift_mean(node, builder);
}

bool lift_concat(const Node* node, graph_builder& builder) {
  if (!is_op(node, "aten::cat") && !is_op(node, "aten::concat")) return false;
  const auto* list = node->input(0)->node();
  const auto axis = constant_int(node->input(1));
  const auto rank = builder.facts().tensor(node->output())->shape.size();
  if (list->kind() != torch::jit::prim::ListConstruct || !axis ||
      from_front(*axis, rank) + 1 != static_cast<std::int64_t>(rank))
    return false;
  bool any = false;
  for (const auto* item : list->inputs()) {
    if (!can_have_channels_last(builder, item)) return false;
    const auto carried = builder.carried(item);
    any = any || (carried && carried->form == tensor_form::channels_last);
  }
  if (!any) return false;
  op o;
  o.kind = op_kind::concat;
  o.name = builder.next_name("concat");
  const auto shape = shape_with_channels_last(builder.facts().tensor(node->output())->shape);
  for (const auto* item : list->inputs()) {
    const auto map = with_channels_last(builder, item);
    o.inputs.push_back(in_pixels(builder, map, {1, builder.shape(map)[1], shape[2], shape[3]}));
  }
  const auto made = builder.append(std::move(o), shape);
  builder.carry(node->output(), {made, tensor_form::channels_last});
  return true;
}

bool lift_select(const Node* node, graph_builder& builder) {
  if (!is_op(node, "aten::slice") && !is_op(node, "aten::narrow") &&
      !is_op(node, "aten::index_select"))
    return false;
  const auto carried = builder.carried(node->input(0));
  if (!carried) return false;
  const auto rank = builder.facts().tensor(node->input(0))->shape.size();
  auto shape = builder.shape(carried->map);
  auto chosen = chosen_channels(node, channel_axis(carried->form, rank), shape[1], rank);
  if (!chosen || chosen->empty()) return false;
  op o;
  o.kind = op_kind::select;
  o.name = builder.next_name("select") + " " + std::to_string(chosen->size());
  o.inputs = {carried->map};
  shape[1] = static_cast<std::int64_t>(chosen->size());
  o.channels = std::move(*chosen);
  const auto made = builder.append(std::move(o), std::move(shape));
  builder.carry(node->output(), {made, carried->form});
  return true;
}

}  // namespace bramble
