// Whole numbers for reals. Where a network only stores them so, the reals are computed with; see
// `onnx_operand::real`.
#include "model/import/onnx/op_table.hpp"
#include "model/import/onnx/windows.hpp"

namespace bramble {
namespace {

/// A scale or zero point of each element along an axis, or of all.
at::Tensor scale_along(const node_call& call, const at::Tensor& t, const at::Tensor& x,
                       std::int64_t axis) {
  if (t.numel() == 1) return at::reshape(t, at::IntArrayRef{});
  const auto at_axis = call.axis_of(axis, x.dim());
  if (t.dim() != 1 || t.numel() != x.size(at_axis))
    call.refuse("has scales that do not go with an axis of its input");
  shape_t shape(static_cast<std::size_t>(x.dim()), 1);
  shape[static_cast<std::size_t>(at_axis)] = t.numel();
  return at::reshape(t, shape);
}

struct limits {
  double low, high;
};

limits limits_of(at::ScalarType type) {
  switch (type) {
    case at::kByte:
      return {0, 255};
    case at::kChar:
      return {-128, 127};
    case at::kShort:
      return {-32768, 32767};
    default:
      return {-2147483648.0, 2147483647.0};
  }
}

at::Tensor quantised(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& zero,
                     at::ScalarType type) {
  const auto [low, high] = limits_of(type);
  const auto steps = at::add(at::round(at::div(x, scale)), zero.to(x.scalar_type()));
  return at::clamp(steps, low, high).to(type);
}

onnx_answers quantise(const node_call& call) {
  const auto& x = call.in(0);
  const auto axis = call.attribute("axis", 1);
  const auto scale = scale_along(call, call.in(1), x, axis);
  const auto zero = call.has(2) ? scale_along(call, call.in(2), x, axis) : at::zeros({}, at::kByte);
  return {quantised(x, scale, zero, zero.scalar_type())};
}

at::Tensor real_of(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& zero) {
  auto wide = x.to(scale.scalar_type());
  if (zero.defined()) wide = at::sub(wide, zero.to(scale.scalar_type()));
  return at::mul(wide, scale);
}

/// What becomes whole numbers only to become reals again, with the same scale, is left real: it is
/// clipped as the whole numbers would be, which activations may have been folded into.
std::shared_ptr<const onnx_reals> reals_of(const node_call& call) {
  const auto& x = call.in(0);
  if (!x.is_floating_point() || !call.known(1) || (call.has(2) && !call.known(2)) ||
      call.in(1).numel() != 1)
    return {};
  const auto zero = call.has(2) ? call.in(2) : untraced([] { return at::zeros({}, at::kByte); });
  const auto [low, high] = limits_of(zero.scalar_type());
  const auto scale = call.number(1), middle = call.has(2) ? call.number(2) : 0;
  return std::make_shared<const onnx_reals>(
      onnx_reals{at::clamp(x, (low - middle) * scale, (high - middle) * scale), call.in(1), zero});
}

bool undoes(const node_call& call, const onnx_reals& real) {
  if (!call.known(1) || call.in(1).numel() != 1 || (call.has(2) && !call.known(2))) return false;
  return untraced([&] {
    const auto zero = call.has(2) ? call.in(2).reshape({-1}) : at::zeros({1}, real.zero.options());
    return at::equal(call.in(1).reshape({-1}), real.scale.reshape({-1})) &&
           at::equal(zero, real.zero.reshape({-1}));
  });
}

onnx_answers dequantise(const node_call& call) {
  const auto& x = call.in(0);
  if (const auto& real = call.operand(0).real; real && undoes(call, *real)) return {real->reals};
  const auto axis = call.attribute("axis", 1);
  const auto zero = call.has(2) ? scale_along(call, call.in(2), x, axis) : at::Tensor{};
  return {real_of(x, scale_along(call, call.in(1), x, axis), zero)};
}

/// The scale that makes the range of what it is given fit into a byte.
onnx_answers quantise_by_range(const node_call& call) {
  const auto& x = call.in(0);
  const auto nothing = at::zeros({}, at::kFloat);
  const auto low = at::minimum(at::amin(x), nothing), high = at::maximum(at::amax(x), nothing);
  const auto scale = at::div(at::sub(high, low), 255);
  const auto zero = at::clamp(at::round(at::div(at::neg(low), scale)), 0, 255);
  return {quantised(x, scale, zero, at::kByte), scale, zero.to(at::kByte)};
}

at::Tensor centred(const node_call& call, std::size_t i, std::size_t zero, std::int64_t axis,
                   at::ScalarType type) {
  const auto x = call.in(i).to(type);
  if (!call.has(zero)) return x;
  return at::sub(x, scale_along(call, call.in(zero), call.in(i), axis).to(type));
}

/// In float64, which holds every sum of products of bytes exactly.
onnx_answers whole_product(const node_call& call) {
  const auto a = centred(call, 0, 2, call.rank(0) - 2, at::kDouble),
             b = centred(call, 1, 3, call.rank(1) - 1, at::kDouble);
  return {at::matmul(a, b).to(at::kInt)};
}

at::Tensor whole_convolution(const node_call& call, const at::Tensor& x, const at::Tensor& weight) {
  const auto w = window_of(call, picture_of(x), picture_of(weight));
  const auto around = padded(x, w.before, w.behind, 0);
  const auto groups = call.attribute("group", 1);
  const shape_t none(w.rank(), 0);
  switch (w.rank()) {
    case 1:
      return at::conv1d(around, weight, {}, w.stride, none, w.dilation, groups);
    case 2:
      return at::conv2d(around, weight, {}, w.stride, none, w.dilation, groups);
    case 3:
      return at::conv3d(around, weight, {}, w.stride, none, w.dilation, groups);
    default:
      call.refuse("slides over an impossible number of axes");
  }
}

onnx_answers convolved_wholes(const node_call& call) {
  return {whole_convolution(call, centred(call, 0, 2, 1, at::kDouble),
                            centred(call, 1, 3, 0, at::kDouble))
              .to(at::kInt)};
}

/// An entry for each channel, where there is one.
at::Tensor of_channels(const at::Tensor& t, std::int64_t rank) {
  if (t.numel() == 1) return at::reshape(t, at::IntArrayRef{});
  shape_t shape(static_cast<std::size_t>(rank), 1);
  shape[1] = t.numel();
  return at::reshape(t, shape);
}

onnx_answers scaled_convolution(const node_call& call) {
  auto sum = whole_convolution(call, centred(call, 0, 2, 1, at::kDouble),
                               centred(call, 3, 5, 0, at::kDouble));
  if (call.has(8)) sum = at::add(sum, of_channels(call.in(8), sum.dim()));
  const auto scale = at::mul(of_channels(call.in(1), sum.dim()).to(at::kDouble),
                             of_channels(call.in(4), sum.dim()));
  const auto out = at::div(at::mul(sum, scale), of_channels(call.in(6), sum.dim()));
  const auto zero = of_channels(call.in(7), sum.dim());
  const auto [low, high] = limits_of(zero.scalar_type());
  return {at::clamp(at::add(at::round(out), zero), low, high).to(zero.scalar_type())};
}

onnx_answers scaled_product(const node_call& call) {
  const auto a = centred(call, 0, 2, call.rank(0) - 2, at::kDouble),
             b = centred(call, 3, 5, call.rank(3) - 1, at::kDouble);
  const auto scales =
      at::mul(scale_along(call, call.in(1), call.in(0), call.rank(0) - 2).to(at::kDouble),
              scale_along(call, call.in(4), call.in(3), call.rank(3) - 1));
  const auto out = at::div(at::mul(at::matmul(a, b), scales), call.in(6));
  const auto zero = call.in(7);
  const auto [low, high] = limits_of(zero.scalar_type());
  return {at::clamp(at::add(at::round(out), zero), low, high).to(zero.scalar_type())};
}

}  // namespace

const std::vector<onnx_op>& onnx_quantisations() {
  static const std::vector<onnx_op> all{{"QuantizeLinear", quantise, false, reals_of},
                                        {"DequantizeLinear", dequantise},
                                        {"DynamicQuantizeLinear", quantise_by_range},
                                        {"MatMulInteger", whole_product},
                                        {"ConvInteger", convolved_wholes},
                                        {"QLinearConv", scaled_convolution},
                                        {"QLinearMatMul", scaled_product}};
  return all;
}

}  // namespace bramble
