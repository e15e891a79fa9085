// The same elements in another shape or order.
#include <algorithm>
#include <numeric>

#include "model/import/onnx/op_table.hpp"

namespace bramble {
namespace {

std::int64_t product_of_sizes(const shape_t& sizes, std::size_t from, std::size_t to) {
  return std::accumulate(sizes.begin() + static_cast<std::ptrdiff_t>(from),
                         sizes.begin() + static_cast<std::ptrdiff_t>(to), std::int64_t{1},
                         std::multiplies<>{});
}

onnx_answers reshape(const node_call& call) {
  const auto& x = call.in(0);
  auto to = call.ints(1);
  const bool zeros_stay = call.flag("allowzero", false);
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (to[i] != 0 || zeros_stay) continue;
    if (static_cast<std::int64_t>(i) >= x.dim()) call.refuse("keeps a size that its input has not");
    to[i] = x.size(static_cast<std::int64_t>(i));
  }
  return {at::reshape(x, to)};
}

onnx_answers flatten(const node_call& call) {
  const auto& x = call.in(0);
  const auto given = call.attribute("axis", 1);
  const auto axis = given == x.dim() ? given : call.axis_of(given, x.dim());
  const auto sizes = call.shape(0);
  return {at::reshape(x, {product_of_sizes(sizes, 0, static_cast<std::size_t>(axis)),
                          product_of_sizes(sizes, static_cast<std::size_t>(axis), sizes.size())})};
}

onnx_answers squeeze(const node_call& call) {
  const auto& x = call.in(0);
  const auto axes = call.list_or_input("axes", 1);
  shape_t to;
  const auto chosen = axes ? call.axes_of(*axes, x.dim()) : shape_t{};
  for (std::int64_t i = 0; i < x.dim(); ++i) {
    const bool asked = std::find(chosen.begin(), chosen.end(), i) != chosen.end();
    if (asked && x.size(i) != 1) call.refuse("takes away an axis of more than one element");
    if (!asked && (axes || x.size(i) != 1)) to.push_back(x.size(i));
  }
  return {at::reshape(x, to)};
}

onnx_answers unsqueeze(const node_call& call) {
  const auto& x = call.in(0);
  const auto given = call.list_or_input("axes", 1);
  if (!given) call.refuse("does not say which axes to add");
  const auto axes = call.axes_of(*given, x.dim() + static_cast<std::int64_t>(given->size()));
  auto to = call.shape(0);
  for (const auto axis : axes) to.insert(to.begin() + axis, 1);
  return {at::reshape(x, to)};
}

onnx_answers transpose(const node_call& call) {
  const auto& x = call.in(0);
  shape_t order(static_cast<std::size_t>(x.dim()));
  std::iota(order.rbegin(), order.rend(), 0);
  return {at::permute(x, call.list("perm", order))};
}

onnx_answers concat(const node_call& call) {
  std::vector<at::Tensor> parts;
  for (const auto& part : call.all())
    if (part.numel() != 0) parts.push_back(part);
  if (parts.empty()) return {call.in(0)};
  const auto axis = call.axis("axis", 1, parts[0].dim());
  return {parts.size() == 1 ? parts[0] : at::cat(parts, axis)};
}

shape_t equal_parts(const node_call& call, std::int64_t size) {
  const auto count = call.attribute("num_outputs", static_cast<std::int64_t>(call.outputs()));
  if (count < 1) call.refuse("splits into no parts");
  const auto each = (size + count - 1) / count;
  shape_t out(static_cast<std::size_t>(count), each);
  out.back() = size - each * (count - 1);
  if (out.back() < 0) call.refuse("splits into more parts than there are elements");
  return out;
}

onnx_answers split(const node_call& call) {
  const auto& x = call.in(0);
  const auto axis = call.axis("axis", 0, x.dim());
  const auto given = call.list_or_input("split", 1);
  return at::split_with_sizes(x, given ? *given : equal_parts(call, x.size(axis)), axis);
}

/// An axis cut out and put elsewhere: `sizes` are those it is seen in, `order` theirs.
at::Tensor rearranged(const at::Tensor& x, const shape_t& sizes, const shape_t& order,
                      const shape_t& to) {
  return at::reshape(at::permute(at::reshape(x, sizes), order), to);
}

struct blocks {
  std::int64_t batch, channels, rows, columns, size;
};

blocks blocks_of(const node_call& call) {
  const auto shape = call.shape(0);
  const auto size = call.attribute("blocksize", 0);
  if (shape.size() != 4 || size < 1) call.refuse("needs images and a block of at least one pixel");
  return {shape[0], shape[1], shape[2], shape[3], size};
}

onnx_answers depth_to_space(const node_call& call) {
  const auto [n, c, h, w, b] = blocks_of(call);
  if (c % (b * b) != 0) call.refuse("has channels that do not make blocks");
  if (call.text("mode", "DCR") == "CRD") return {at::pixel_shuffle(call.in(0), b)};
  const auto left = c / (b * b);
  return {
      rearranged(call.in(0), {n, b, b, left, h, w}, {0, 3, 4, 1, 5, 2}, {n, left, h * b, w * b})};
}

onnx_answers space_to_depth(const node_call& call) {
  const auto [n, c, h, w, b] = blocks_of(call);
  if (h % b != 0 || w % b != 0) call.refuse("has rows or columns that do not make blocks");
  return {rearranged(call.in(0), {n, c, h / b, b, w / b, b}, {0, 3, 5, 1, 2, 4},
                     {n, c * b * b, h / b, w / b})};
}

onnx_answers expand(const node_call& call) {
  const auto& x = call.in(0);
  auto to = call.ints(1);
  const auto from = call.shape(0);
  if (to.size() < from.size()) to.insert(to.begin(), from.size() - to.size(), 1);
  for (std::size_t i = 1; i <= from.size(); ++i) {
    auto& size = to[to.size() - i];
    const auto own = from[from.size() - i];
    if (size != own && size != 1 && own != 1) call.refuse("spreads an axis of several elements");
    if (size == 1) size = own;
  }
  call.check_size(to);
  return {to == from ? x : x.expand(to)};
}

onnx_answers tile(const node_call& call) {
  const auto& x = call.in(0);
  const auto times = call.ints(1);
  auto to = call.shape(0);
  if (times.size() != to.size()) call.refuse("repeats another number of axes than there are");
  for (std::size_t i = 0; i < to.size(); ++i)
    if (times[i] < 0 || __builtin_mul_overflow(to[i], times[i], &to[i]))
      call.refuse("repeats an impossible number of times");
  call.check_size(to);
  return {x.repeat(times)};
}

onnx_answers triangle(const node_call& call) {
  const auto diagonal = call.has(1) ? call.integer(1) : 0;
  return {call.flag("upper", true) ? at::triu(call.in(0), diagonal)
                                   : at::tril(call.in(0), diagonal)};
}

/// Nothing is dropped where nothing is trained.
onnx_answers dropout(const node_call& call) {
  if (call.has(2) && call.needed(2).item<bool>() && (!call.has(1) || call.number(1) != 0))
    call.refuse("drops elements at random, as in training");
  return {call.in(0), at::ones_like(call.in(0), at::kBool)};
}

/// Columns of pixels back into pictures, added up where they overlap.
onnx_answers columns_to_picture(const node_call& call) {
  const auto picture = call.ints(1), block = call.ints(2);
  const auto pads = call.list("pads", {0, 0, 0, 0});
  if (picture.size() != 2 || block.size() != 2 || pads.size() != 4 || pads[0] != pads[2] ||
      pads[1] != pads[3])
    call.refuse("puts together what is no picture, or with other padding behind than before");
  call.check_size({call.in(0).size(0), call.in(0).size(1), picture[0], picture[1]});
  return {at::col2im(call.in(0), picture, block, call.list("dilations", {1, 1}),
                     shape_t{pads[0], pads[1]}, call.list("strides", {1, 1}))};
}

}  // namespace

const std::vector<onnx_op>& onnx_layouts() {
  static const std::vector<onnx_op> all{{"Reshape", reshape},
                                        {"Flatten", flatten},
                                        {"Squeeze", squeeze},
                                        {"Unsqueeze", unsqueeze},
                                        {"Transpose", transpose},
                                        {"Concat", concat},
                                        {"Split", split},
                                        {"DepthToSpace", depth_to_space},
                                        {"SpaceToDepth", space_to_depth},
                                        {"Expand", expand},
                                        {"Tile", tile},
                                        {"Trilu", triangle},
                                        {"Dropout", dropout},
                                        {"Col2Im", columns_to_picture}};
  return all;
}

}  // namespace bramble
