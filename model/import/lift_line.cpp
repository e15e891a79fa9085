#include <ATen/core/Tensor.h>

#include "model/import/lift.hpp"

// Convolutions and pools of one dimension less are those of maps with one column.
namespace bramble {
namespace {

using torch::jit::Node;
using torch::jit::Value;

/// One number, or a list of one.
std::optional<std::int64_t> single(const Value* value) {
  if (const auto number = constant_int(value)) return number;
  const auto list = constant_ints(value);
  if (!list || list->size() != 1) return {};
  return list->front();
}

bool set_rows(std::array<std::int64_t, 2>& field, const Value* value) {
  const auto number = single(value);
  if (number) field[0] = *number;
  return number.has_value();
}

bool emit_line(const Node* node, graph_builder& builder, op o) {
  const auto& out = builder.facts().tensor(node->output())->shape;
  o.inputs = {line_of(builder, node->input(0))};
  const auto made = builder.append(std::move(o), {1, out[1], out[2], 1});
  builder.carry(node->output(), {made, tensor_form::channels_first, {}});
  return true;
}

bool convolve(const Node* node, graph_builder& builder) {
  const bool plain = is_op(node, "aten::conv1d");
  if (!plain && !is_op(node, "aten::_convolution") && !is_op(node, "aten::convolution"))
    return false;
  const auto weight = constant_tensor(node->input(1));
  const auto bias = constant_tensor(node->input(2));
  if (!weight || weight->dim() != 3 || !at::isFloatingType(weight->scalar_type()) ||
      (!bias && !is_none(node->input(2))))
    return false;
  const auto groups = constant_int(node->input(plain ? 6 : 8));
  op o;
  o.kind = op_kind::convolution;
  o.win.kernel = {weight->size(2), 1};
  if (!groups || !set_rows(o.win.stride, node->input(3)) ||
      !set_rows(o.win.padding, node->input(4)) || !set_rows(o.win.dilation, node->input(5)) ||
      (!plain && constant_bool(node->input(6)).value_or(true)))
    return false;
  o.groups = *groups;
  o.weights = {builder.weight(weight->unsqueeze(3))};
  if (bias) o.weights.push_back(builder.weight(*bias));
  o.name = builder.next_name("conv") + " " + std::to_string(o.win.kernel[0]) + " " +
           std::to_string(weight->size(0));
  return emit_line(node, builder, std::move(o));
}

/// Windows that hang over the edge, as ceil_mode makes them, are not meant.
bool fits_rows(const op& o, std::int64_t in, std::int64_t out) {
  const auto& win = o.win;
  const auto room = in + 2 * win.padding[0] - ((win.kernel[0] - 1) * win.dilation[0] + 1);
  return room >= 0 && win.padding[0] * 2 <= win.kernel[0] && room / win.stride[0] + 1 == out;
}

bool pool(const Node* node, graph_builder& builder) {
  const bool max = is_op(node, "aten::max_pool1d");
  if (!max && !is_op(node, "aten::avg_pool1d")) return false;
  op o;
  o.kind = max ? op_kind::max_pool : op_kind::avg_pool;
  if (!set_rows(o.win.kernel, node->input(1)) || !set_rows(o.win.padding, node->input(3)))
    return false;
  if (!set_rows(o.win.stride, node->input(2))) o.win.stride = o.win.kernel;
  if (max && !set_rows(o.win.dilation, node->input(4))) return false;
  const auto counts = max ? true : constant_bool(node->input(5));
  if (!counts) return false;
  o.win.count_include_pad = *counts;
  const auto& facts = builder.facts();
  if (!fits_rows(o, facts.tensor(node->input(0))->shape[2], facts.tensor(node->output())->shape[2]))
    return false;
  o.name = builder.next_name(max ? "maxpool" : "avgpool") + " " + std::to_string(o.win.kernel[0]);
  return emit_line(node, builder, std::move(o));
}

}  // namespace

bool is_line(const tensor_facts* facts) {
  return facts != nullptr && facts->defined && facts->type == at::kFloat &&
         facts->shape.size() == 3 && facts->shape[0] == 1;
}

value_id line_of(graph_builder& builder, const Value* value) {
  const auto& shape = builder.facts().tensor(value)->shape;
  if (const auto carried = builder.carried(value); carried &&
                                                   carried->form == tensor_form::channels_first &&
                                                   builder.shape(carried->map)[3] == 1)
    return carried->map;
  const auto id = builder.value(value);
  op o;
  o.name = builder.next_name("unsqueeze");
  o.inputs = {id};
  o.call = {"aten::unsqueeze", "", {value_ref{id}, std::int64_t{3}}};
  const auto map = builder.append(std::move(o), {1, shape[1], shape[2], 1});
  builder.carry(value, {map, tensor_form::channels_first, {}});
  return map;
}

bool lift_line(const Node* node, graph_builder& builder) {
  if (node->inputs().size() < 4 || !is_line(builder.facts().tensor(node->input(0))) ||
      !is_line(builder.facts().tensor(node->output())))
    return false;
  return convolve(node, builder) || pool(node, builder);
}

}  // namespace bramble
