#include "model/import/lift.hpp"

#include <torch/csrc/jit/ir/constants.h>

#include <numeric>

namespace bramble {
namespace {

using torch::jit::Node;
using torch::jit::Value;
using shape_t = std::vector<std::int64_t>;

bool is_any(const Node* node, std::initializer_list<const char*> names) {
  for (const auto* name : names)
    if (is_op(node, name)) return true;
  return false;
}

std::int64_t product(shape_t::const_iterator begin, shape_t::const_iterator end) {
  return std::accumulate(begin, end, std::int64_t{1}, std::multiplies<>{});
}

/// How a tensor is carried after it was reshaped to `to`; the map stays.
std::optional<tensor_form> reshaped(tensor_form form, const shape_t& map, const shape_t& to) {
  const auto channels = map[1], pixels = map[2] * map[3];
  if (to.empty()) return {};
  const bool first = to.size() >= 2 && to[0] == 1 && to[1] == channels;
  const bool last = to.back() == channels;
  if (to.size() == 2 && to[0] == 1 && pixels == 1 && last) return tensor_form::channels_last;
  switch (form) {
    case tensor_form::channels_last:
      if (last) return form;
      if (pixels == 1 && first) return tensor_form::channels_first;
      return {};
    case tensor_form::channels_first:
      if (first) return form;
      if (to.size() == 2 && to[0] == 1) return tensor_form::flat;
      if (pixels == 1 && last) return tensor_form::channels_last;
      return {};
    case tensor_form::flat:
      if (to.size() == 2 && to[0] == 1) return form;
      if (first) return tensor_form::channels_first;
      return {};
    case tensor_form::arranged:
      return {};
  }
  return {};
}

/// Channels moved behind the pixels or in front of them, the pixels in their order.
std::optional<tensor_form> permuted(tensor_form form, const shape_t& order) {
  shape_t same(order.size()), to_last(order.size()), to_first(order.size());
  std::iota(same.begin(), same.end(), 0);
  if (order == same) return form;
  if (order.size() < 3) return {};
  const auto rank = static_cast<std::int64_t>(order.size());
  for (std::int64_t i = 0; i < rank; ++i) {
    const auto at = static_cast<std::size_t>(i);
    to_last[at] = i == 0 ? 0 : i + 1 < rank ? i + 1 : 1;
    to_first[at] = i == 0 ? 0 : i == 1 ? rank - 1 : i - 1;
  }
  if (form == tensor_form::channels_first && order == to_last) return tensor_form::channels_last;
  if (form == tensor_form::channels_last && order == to_first) return tensor_form::channels_first;
  return {};
}

}  // namespace

std::optional<shape_t> order_of(const Node* node, std::size_t rank) {
  if (is_op(node, "aten::permute")) {
    const auto dims = torch::jit::toIValue(node->input(1));
    if (!dims || !dims->isIntList()) return {};
    auto order = dims->toIntVector();
    for (auto& axis : order) axis = from_front(axis, rank);
    return order;
  }
  const auto a = constant_int(node->input(1)), b = constant_int(node->input(2));
  if (!a || !b) return {};
  shape_t order(rank);
  std::iota(order.begin(), order.end(), 0);
  std::swap(order.at(static_cast<std::size_t>(from_front(*a, rank))),
            order.at(static_cast<std::size_t>(from_front(*b, rank))));
  return order;
}

std::int64_t from_front(std::int64_t axis, std::size_t rank) {
  return axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis;
}

std::int64_t channel_axis(tensor_form form, std::size_t rank) {
  if (form == tensor_form::channels_last) return static_cast<std::int64_t>(rank) - 1;
  return form == tensor_form::channels_first ? 1 : -1;
}

shape_t shape_with_channels_last(const shape_t& shape) {
  if (shape.size() == 4 && shape[0] == 1) return {1, shape[3], shape[1], shape[2]};
  return {1, shape.back(), product(shape.begin(), shape.end() - 1), 1};
}

bool can_have_channels_last(const graph_builder& builder, const Value* value) {
  const auto* facts = builder.facts().tensor(value);
  return builder.is_value(value) && facts != nullptr && facts->defined &&
         facts->type == at::kFloat && !facts->shape.empty();
}

value_id with_channels_last(graph_builder& builder, const Value* value) {
  if (const auto carried = builder.carried(value);
      carried && carried->form == tensor_form::channels_last)
    return carried->map;
  const auto& facts = *builder.facts().tensor(value);
  const auto lying = shape_with_channels_last(facts.shape);
  const auto id = builder.value(value);
  if (facts.is_map()) {
    op o;
    o.name = builder.next_name("permute");
    o.inputs = {id};
    o.call = {"aten::permute", "", {value_ref{id}, shape_t{0, 3, 1, 2}}};
    return builder.append(std::move(o), lying);
  }
  const auto map = builder.append(reshape_op(builder, id), lying);
  builder.carry(value, {map, tensor_form::channels_last});
  return map;
}

bool lift_layout(const Node* node, graph_builder& builder) {
  const bool reshapes = is_any(
      node, {"aten::reshape", "aten::flatten", "aten::squeeze", "aten::unsqueeze", "aten::view"});
  if (!reshapes && !is_any(node, {"aten::permute", "aten::transpose"})) return false;
  const auto carried = builder.carried(node->input(0));
  const auto* out = builder.facts().tensor(node->output());
  if (!carried || carried->form == tensor_form::arranged || out == nullptr) return false;
  std::optional<tensor_form> form;
  if (reshapes)
    form = reshaped(carried->form, builder.shape(carried->map), out->shape);
  else if (const auto order = order_of(node, out->shape.size()))
    form = permuted(carried->form, *order);
  // Channels can only come in front of the pixels where there is one image.
  if (!form || (*form != tensor_form::channels_last && out->shape[0] != 1)) return false;
  // As rows, tokens divide evenly, and products take them as they are; but for windows of pixels.
  const bool tokens = builder.multiplies_tokens && !builder.cuts_windows &&
                      *form == tensor_form::channels_last && out->shape.size() == 3;
  auto map = tokens ? in_rows(builder, {carried->map, {}}).map : carried->map;
  const bool photo = builder.multiplies_tokens && *form == tensor_form::channels_first &&
                     out->shape.size() == 4 && builder.shape(map)[3] == 1;
  if (photo) map = in_pixels(builder, map, out->shape);
  builder.carry(node->output(), {map, *form, {}});
  return true;
}

bool lift(const Node* node, graph_builder& builder) {
  if (node->outputs().size() != 1) return false;
  const auto* out = builder.facts().tensor(node->output());
  if (out == nullptr || !out->defined || out->type != at::kFloat) return false;
  for (auto* kind : {lift_arranged, lift_layout, lift_linear, lift_norm, lift_average, lift_concat,
                     lift_select, lift_elementwise, lift_view, lift_rows, lift_window_product,
                     lift_product, lift_shift, lift_pad, lift_line, lift_map_norm, lift_shuffle})
    if (kind(node, builder)) return true;
  return false;
}

}  // namespace bramble
