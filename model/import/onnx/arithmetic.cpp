// Sums, products and functions of single numbers.
#include "model/import/onnx/op_table.hpp"

namespace bramble {
namespace {

using unary = at::Tensor (*)(const at::Tensor&);
using binary = at::Tensor (*)(const at::Tensor&, const at::Tensor&);

template <unary function>
onnx_answers each(const node_call& call) {
  return {function(call.in(0))};
}

template <binary function>
onnx_answers pair(const node_call& call) {
  return {function(call.in(0), second_operand(call))};
}

template <binary function>
onnx_answers fold(const node_call& call) {
  const auto all = call.all();
  auto out = all[0];
  for (std::size_t i = 1; i < all.size(); ++i) out = function(out, all[i]);
  return {out};
}

at::Tensor plus(const at::Tensor& a, const at::Tensor& b) {
  return at::add(a, b);
}

at::Tensor minus(const at::Tensor& a, const at::Tensor& b) {
  return at::sub(a, b);
}

onnx_answers divide(const node_call& call) {
  const auto& a = call.in(0);
  const auto b = second_operand(call);
  return {a.is_floating_point() ? at::div(a, b) : at::div(a, b, "trunc")};
}

onnx_answers modulo(const node_call& call) {
  const auto &a = call.in(0), &b = call.in(1);
  return {call.flag("fmod", false) ? at::fmod(a, b) : at::remainder(a, b)};
}

/// Of the base's type, whatever the exponent's; a constant exponent is given as a number, which is
/// faster and can be divided.
onnx_answers power(const node_call& call) {
  const auto& base = call.in(0);
  const auto exponent = second_operand(call);
  at::Tensor out;
  if (call.known(1) && exponent.numel() == 1 && exponent.dim() <= base.dim()) {
    const auto number = call.number(1);
    if (number == 2) return {at::mul(base, base)};
    if (number == 0.5 && base.is_floating_point()) return {at::sqrt(base)};
    out = exponent.is_floating_point() ? at::pow(base, number)
                                       : at::pow(base, static_cast<std::int64_t>(number));
  } else {
    out = at::pow(base, exponent);
  }
  return {out.scalar_type() == base.scalar_type() ? out : out.to(base.scalar_type())};
}

onnx_answers mean_of_all(const node_call& call) {
  const auto count = static_cast<double>(call.all().size());
  const auto sum = fold<plus>(call)[0];
  return {count == 1 ? sum : at::div(sum, count)};
}

/// A bound that is a number of the file is given as one.
at::Tensor bounded(const node_call& call, at::Tensor x, std::size_t input, bool below) {
  if (!call.has(input)) return x;
  const auto& bound = call.in(input);
  return below ? at::maximum(x, bound) : at::minimum(x, bound);
}

onnx_answers clip(const node_call& call) {
  const auto& x = call.in(0);
  c10::optional<at::Scalar> low, high;
  const auto number = [&x](double value) {
    return x.is_floating_point() ? at::Scalar{value} : at::Scalar{static_cast<std::int64_t>(value)};
  };
  if (call.opset() < 11) {
    if (call.given("min")) low = number(call.real("min", 0));
    if (call.given("max")) high = number(call.real("max", 0));
  } else {
    const bool both_known = (!call.has(1) || call.known(1)) && (!call.has(2) || call.known(2));
    if (!both_known) return {bounded(call, bounded(call, x, 1, true), 2, false)};
    if (call.has(1)) low = number(call.number(1));
    if (call.has(2)) high = number(call.number(2));
  }
  if (!low && !high) return {at::clone(x)};
  return {at::clamp(x, low, high)};
}

onnx_answers shift(const node_call& call) {
  const auto direction = call.text("direction", "");
  const auto &a = call.in(0), &b = call.in(1);
  if (direction == "LEFT") return {at::bitwise_left_shift(a, b)};
  if (direction == "RIGHT") return {at::bitwise_right_shift(a, b)};
  call.refuse("shifts neither left nor right");
}

onnx_answers same(const node_call& call) {
  return {call.in(0)};
}

}  // namespace

const std::vector<onnx_op>& onnx_arithmetic() {
  static const std::vector<onnx_op> all{{"Add", pair<plus>},
                                        {"Sub", pair<minus>},
                                        {"Mul", pair<at::mul>},
                                        {"Div", divide},
                                        {"Mod", modulo},
                                        {"Pow", power},
                                        {"Max", fold<at::maximum>},
                                        {"Min", fold<at::minimum>},
                                        {"Sum", fold<plus>},
                                        {"Mean", mean_of_all},
                                        {"Clip", clip},
                                        {"BitShift", shift},
                                        {"Identity", same},
                                        {"Abs", each<at::abs>},
                                        {"Neg", each<at::neg>},
                                        {"Sign", each<at::sign>},
                                        {"Ceil", each<at::ceil>},
                                        {"Floor", each<at::floor>},
                                        {"Round", each<at::round>},
                                        {"Exp", each<at::exp>},
                                        {"Log", each<at::log>},
                                        {"Sqrt", each<at::sqrt>},
                                        {"Reciprocal", each<at::reciprocal>},
                                        {"Erf", each<at::erf>},
                                        {"Sin", each<at::sin>},
                                        {"Cos", each<at::cos>},
                                        {"Tan", each<at::tan>},
                                        {"Asin", each<at::asin>},
                                        {"Acos", each<at::acos>},
                                        {"Atan", each<at::atan>},
                                        {"Sinh", each<at::sinh>},
                                        {"Cosh", each<at::cosh>},
                                        {"Asinh", each<at::asinh>},
                                        {"Acosh", each<at::acosh>},
                                        {"Atanh", each<at::atanh>}};
  return all;
}

}  // namespace bramble
