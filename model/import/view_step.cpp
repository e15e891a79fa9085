#include "model/import/view_step.hpp"

#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <limits>
#include <numeric>

namespace bramble {
namespace {

using c10::IValue;
using torch::jit::Graph;
using torch::jit::Value;
using shape_t = std::vector<std::int64_t>;
using kind_t = view_step::kind_t;

bool one_of(const std::string& name, std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(), [&](const char* each) { return name == each; });
}

std::int64_t from_front_of(std::int64_t axis, const shape_t& shape) {
  return axis < 0 ? axis + static_cast<std::int64_t>(shape.size()) : axis;
}

view_step step_of(kind_t kind, const shape_t& from, const shape_t& to) {
  view_step out;
  out.kind = kind;
  out.from = from;
  out.to = to;
  return out;
}

view_step slice_of(const shape_t& from, std::int64_t dim, std::int64_t start, std::int64_t end,
                   std::int64_t stride) {
  auto out = step_of(kind_t::slice, from, from);
  out.dim = from_front_of(dim, from);
  const auto axis = static_cast<std::size_t>(out.dim);
  const auto size = from.at(axis);
  const auto inside = [size](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size);
  };
  out.start = inside(start);
  out.end = std::max(inside(end), out.start);
  out.stride = stride;
  out.to[axis] = (out.end - out.start + stride - 1) / stride;
  return out;
}

std::vector<view_step> one_of_many(const shape_t& from, const shape_t& to, std::int64_t dim,
                                   std::int64_t index) {
  const auto axis = static_cast<std::size_t>(from_front_of(dim, from));
  const auto at = index < 0 ? index + from.at(axis) : index;
  auto slice = slice_of(from, dim, at, at + 1, 1);
  auto rest = step_of(kind_t::reshape, slice.to, to);
  return {std::move(slice), std::move(rest)};
}

view_step permute_of(const shape_t& from, const shape_t& to, shape_t order) {
  auto out = step_of(kind_t::permute, from, to);
  for (auto& axis : order) axis = from_front_of(axis, from);
  out.order = std::move(order);
  return out;
}

view_step swap_of(const shape_t& from, const shape_t& to, std::int64_t a, std::int64_t b) {
  shape_t order(from.size());
  std::iota(order.begin(), order.end(), 0);
  if (!order.empty())
    std::swap(order.at(static_cast<std::size_t>(from_front_of(a, from))),
              order.at(static_cast<std::size_t>(from_front_of(b, from))));
  return permute_of(from, to, std::move(order));
}

bool all_plain(const std::vector<IValue>& arguments, std::size_t place) {
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (i != place && arguments[i].isTensor()) return false;
  return true;
}

view_step other_of(const traced_view& view) {
  auto out = step_of(kind_t::other, view.from, view.to);
  // Of a list of results or with another tensor besides it cannot be run again by itself.
  if (!view.part && all_plain(view.arguments, view.place)) out.node = view.node;
  out.arguments = view.arguments;
  out.place = view.place;
  return out;
}

bool all_ints(const std::vector<IValue>& arguments, std::size_t first, std::size_t count) {
  if (arguments.size() < first + count) return false;
  for (auto i = first; i < first + count; ++i)
    if (!arguments[i].isInt()) return false;
  return true;
}

std::vector<view_step> steps_of_slice(const traced_view& view) {
  const auto& given = view.arguments;
  const auto bound = [&given](std::size_t i, std::int64_t otherwise) {
    return given.at(i).isNone() ? otherwise : given[i].toInt();
  };
  return {slice_of(view.from, given.at(1).toInt(), bound(2, 0),
                   bound(3, std::numeric_limits<std::int64_t>::max()), bound(4, 1))};
}

/// One tensor of those that `split` and its like make. They lie along the axis in which the sizes
/// differ from the whole's; where none does, the whole is the only one.
std::vector<view_step> steps_of_part(const traced_view& view) {
  for (std::size_t axis = 0; axis < view.from.size(); ++axis) {
    if (view.from[axis] == view.to.at(axis)) continue;
    std::int64_t start = 0;
    for (const auto& shape : view.part->before) start += shape.at(axis);
    return {slice_of(view.from, static_cast<std::int64_t>(axis), start, start + view.to[axis], 1)};
  }
  return {step_of(kind_t::reshape, view.from, view.to)};
}

Value* list_of(Graph& graph, const std::vector<Value*>& items) {
  return graph.insertNode(graph.createList(c10::TensorType::get(), items))->output();
}

Value* emit_view(Graph& graph, const char* op, const std::vector<Value*>& inputs) {
  return graph.insertNode(graph.create(c10::Symbol::fromQualString(op), inputs))->output();
}

Value* slice(Graph& graph, Value* x, std::int64_t dim, std::int64_t start, std::int64_t end,
             std::int64_t stride = 1) {
  return emit_view(graph, "aten::slice",
                   {x, graph.insertConstant(dim), graph.insertConstant(start),
                    graph.insertConstant(end), graph.insertConstant(stride)});
}

/// A whole run of planes is joined with what is in front of it and behind it: on the channels of a
/// map that is an op which nodes can divide.
Value* put_slice_back(Graph& graph, const view_step& step, Value* whole, Value* part) {
  const auto size = step.from[static_cast<std::size_t>(step.dim)];
  if (step.stride != 1)
    return emit_view(graph, "aten::slice_scatter",
                     {whole, part, graph.insertConstant(step.dim), graph.insertConstant(step.start),
                      graph.insertConstant(step.end), graph.insertConstant(step.stride)});
  if (step.start == 0 && step.end == size) return part;
  std::vector<Value*> pieces;
  if (step.start > 0) pieces.push_back(slice(graph, whole, step.dim, 0, step.start));
  pieces.push_back(part);
  if (step.end < size) pieces.push_back(slice(graph, whole, step.dim, step.end, size));
  return emit_view(graph, "aten::cat", {list_of(graph, pieces), graph.insertConstant(step.dim)});
}

}  // namespace

std::vector<view_step> steps_of(const traced_view& view) {
  const auto& op = view.op;
  const auto& given = view.arguments;
  if (view.place != 0 || view.arguments.empty()) return {other_of(view)};
  if (one_of(op, {"aten::slice"}) && all_ints(given, 1, 1)) return steps_of_slice(view);
  if (op == "aten::narrow" && all_ints(given, 1, 3))
    return {slice_of(view.from, given[1].toInt(), given[2].toInt(),
                     (given[2].toInt() < 0 ? view.from.at(static_cast<std::size_t>(
                                                 from_front_of(given[1].toInt(), view.from)))
                                           : 0) +
                         given[2].toInt() + given[3].toInt(),
                     1)};
  if (op == "aten::select" && all_ints(given, 1, 2))
    return one_of_many(view.from, view.to, given[1].toInt(), given[2].toInt());
  if (op == "aten::unbind" && view.part && all_ints(given, 1, 1))
    return one_of_many(view.from, view.to, given[1].toInt(),
                       static_cast<std::int64_t>(view.part->before.size()));
  if (view.part &&
      one_of(op, {"aten::split", "aten::split_with_sizes", "aten::chunk", "aten::tensor_split",
                  "aten::hsplit", "aten::vsplit", "aten::dsplit"}))
    return steps_of_part(view);
  if (op == "aten::permute" && given.size() > 1 && given[1].isIntList())
    return {permute_of(view.from, view.to, given[1].toIntVector())};
  if (one_of(op, {"aten::transpose", "aten::swapaxes", "aten::swapdims"}) && all_ints(given, 1, 2))
    return {swap_of(view.from, view.to, given[1].toInt(), given[2].toInt())};
  if (op == "aten::t")
    return {view.from.size() < 2 ? step_of(kind_t::reshape, view.from, view.to)
                                 : swap_of(view.from, view.to, 0, 1)};
  if (one_of(op,
             {"aten::view", "aten::reshape", "aten::_unsafe_view", "aten::_reshape_alias",
              "aten::flatten", "aten::unflatten", "aten::ravel", "aten::unsqueeze", "aten::squeeze",
              "aten::view_as", "aten::reshape_as", "aten::contiguous", "aten::atleast_1d",
              "aten::atleast_2d", "aten::atleast_3d", "aten::alias", "aten::detach"}))
    return {step_of(kind_t::reshape, view.from, view.to)};
  if (one_of(op, {"aten::expand", "aten::expand_as", "aten::broadcast_to"}))
    return {step_of(kind_t::expand, view.from, view.to)};
  return {other_of(view)};
}

Value* seen(Graph& graph, const view_step& step, Value* whole) {
  switch (step.kind) {
    case kind_t::slice:
      return step.from == step.to
                 ? whole
                 : slice(graph, whole, step.dim, step.start, step.end, step.stride);
    case kind_t::reshape:
      return step.from == step.to
                 ? whole
                 : emit_view(graph, "aten::reshape", {whole, graph.insertConstant(step.to)});
    case kind_t::permute:
      return emit_view(graph, "aten::permute", {whole, graph.insertConstant(step.order)});
    case kind_t::expand:
      return emit_view(graph, "aten::expand",
                       {whole, graph.insertConstant(step.to), graph.insertConstant(false)});
    case kind_t::other:
      break;
  }
  std::vector<Value*> inputs;
  for (std::size_t i = 0; i < step.arguments.size(); ++i)
    inputs.push_back(i == step.place ? whole : graph.insertConstant(step.arguments[i]));
  return graph.insertNode(graph.create(step.node->kind(), inputs))->output();
}

at::Tensor seen(const view_step& step, const at::Tensor& whole) {
  switch (step.kind) {
    case kind_t::slice:
      return whole.slice(step.dim, step.start, step.end, step.stride);
    case kind_t::reshape:
      return whole.reshape(step.to);
    case kind_t::permute:
      return whole.permute(step.order);
    case kind_t::expand:
      return whole.expand(step.to);
    case kind_t::other:
      break;
  }
  torch::jit::Stack stack{step.arguments.begin(), step.arguments.end()};
  stack.at(step.place) = whole;
  step.node->getOperation()(stack);
  return stack.at(0).toTensor();
}

bool can_put_back(const view_step& step) {
  return step.kind == kind_t::slice || step.kind == kind_t::reshape || step.kind == kind_t::permute;
}

Value* put_back(Graph& graph, const view_step& step, Value* whole, Value* part) {
  if (step.kind == kind_t::slice) return put_slice_back(graph, step, whole, part);
  if (step.kind == kind_t::reshape)
    return step.from == step.to
               ? part
               : emit_view(graph, "aten::reshape", {part, graph.insertConstant(step.from)});
  shape_t inverse(step.order.size());
  for (std::size_t i = 0; i < step.order.size(); ++i)
    inverse[static_cast<std::size_t>(step.order[i])] = static_cast<std::int64_t>(i);
  return emit_view(graph, "aten::permute", {part, graph.insertConstant(inverse)});
}

}  // namespace bramble
