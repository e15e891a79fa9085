// Tensors made of a few numbers.
#include <cmath>

#include "model/import/onnx/op_table.hpp"

namespace bramble {
namespace {

onnx_answers constant(const node_call& call) {
  if (const auto* value = call.tensor("value")) return {tensor_of(*value)};
  if (call.given("value_int"))
    return {at::scalar_tensor(call.attribute("value_int", 0), at::kLong)};
  if (call.given("value_ints")) return {at::tensor(call.list("value_ints", {}), at::kLong)};
  if (call.given("value_float"))
    return {at::scalar_tensor(call.real("value_float", 0), at::kFloat)};
  if (call.given("value_floats"))
    return {at::tensor(call.reals("value_floats"), at::kDouble).to(at::kFloat)};
  call.refuse("holds a text or a sparse tensor, which nodes do not compute with");
}

onnx_answers constant_of_shape(const node_call& call) {
  const auto shape = call.ints(0);
  call.check_size(shape);
  const auto* value = call.tensor("value");
  if (value == nullptr) return {at::zeros(shape, at::kFloat)};
  const auto one = tensor_of(*value);
  if (one.numel() != 1) call.refuse("fills with more than one number");
  return {one.reshape({}).expand(shape).contiguous()};
}

onnx_answers shape(const node_call& call) {
  const auto sizes = call.shape(0);
  const auto rank = static_cast<std::int64_t>(sizes.size());
  const auto bound = [rank](std::int64_t at) {
    return std::min(std::max(at < 0 ? at + rank : at, std::int64_t{0}), rank);
  };
  const auto begin = bound(call.attribute("start", 0)), end = bound(call.attribute("end", rank));
  const shape_t part{sizes.begin() + begin, sizes.begin() + std::max(begin, end)};
  return {at::tensor(part, at::kLong)};
}

onnx_answers size(const node_call& call) {
  return {at::scalar_tensor(call.in(0).numel(), at::kLong)};
}

onnx_answers range(const node_call& call) {
  const auto type = call.in(0).scalar_type();
  const auto begin = call.number(0), end = call.number(1), step = call.number(2);
  if (step == 0) call.refuse("counts in steps of nothing");
  const auto count = std::max(std::ceil((end - begin) / step), 0.0);
  if (!(count < 9e15)) call.refuse("counts without an end");
  call.check_size({static_cast<std::int64_t>(count)});
  return {at::add(at::mul(at::arange(static_cast<std::int64_t>(count), at::kDouble), step), begin)
              .to(type)};
}

onnx_answers eye_like(const node_call& call) {
  const auto shape = call.shape(0);
  if (shape.size() != 2) call.refuse("makes a diagonal of what is no matrix");
  const auto to = call.attribute("dtype", 0);
  const auto type = to == 0 ? call.in(0).scalar_type()
                            : scalar_type_of(static_cast<onnx_type>(to), "what it makes");
  const auto row = at::arange(shape[0], at::kLong).reshape({-1, 1}),
             column = at::arange(shape[1], at::kLong).reshape({1, -1});
  return {at::eq(at::add(row, call.attribute("k", 0)), column).to(type)};
}

/// 1 (or what the file has for it) at each index, which may count from the end; indices of
/// something else give 0 everywhere.
onnx_answers one_hot(const node_call& call) {
  const auto &index = call.in(0), &values = call.in(2);
  const auto depth = call.integer(1);
  const auto axis = call.axis("axis", -1, index.dim() + 1);
  auto to = call.shape(0);
  to.insert(to.begin() + axis, depth);
  call.check_size(to);
  shape_t along(to.size(), 1);
  along[static_cast<std::size_t>(axis)] = depth;
  const auto wide = index.to(at::kLong);
  const auto place = at::unsqueeze(at::where(at::lt(wide, 0), at::add(wide, depth), wide), axis);
  const auto hot = at::eq(place, at::arange(depth, at::kLong).reshape(along));
  return {at::where(hot, at::select(values, 0, 1), at::select(values, 0, 0))};
}

/// Raised cosines: a - b cos(x) + c cos(2x), over a period or the span of it.
onnx_answers window(const node_call& call, double a, double b, double c) {
  const auto count = call.integer(0);
  call.check_size({count});
  const auto type =
      scalar_type_of(static_cast<onnx_type>(call.attribute("output_datatype", 1)), "what it makes");
  const auto over = static_cast<double>(call.flag("periodic", true) ? count : count - 1);
  const auto angle = at::mul(at::arange(count, at::kDouble), 2 * M_PI / over);
  return {at::add(at::sub(at::mul(at::cos(at::mul(angle, 2)), c), at::mul(at::cos(angle), b)), a)
              .to(type)};
}

onnx_answers hann(const node_call& call) {
  return window(call, 0.5, 0.5, 0);
}

onnx_answers hamming(const node_call& call) {
  return window(call, 25.0 / 46, 21.0 / 46, 0);
}

onnx_answers blackman(const node_call& call) {
  return window(call, 0.42, 0.5, 0.08);
}

}  // namespace

const std::vector<onnx_op>& onnx_generators() {
  static const std::vector<onnx_op> all{
      {"Constant", constant},     {"ConstantOfShape", constant_of_shape},
      {"Shape", shape, true},     {"Size", size, true},
      {"Range", range},           {"EyeLike", eye_like, true},
      {"OneHot", one_hot},        {"HannWindow", hann},
      {"HammingWindow", hamming}, {"BlackmanWindow", blackman}};
  return all;
}

}  // namespace bramble
