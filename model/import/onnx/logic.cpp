// Comparisons, truth values, types.
#include "model/import/onnx/op_table.hpp"

namespace bramble {
namespace {

using binary = at::Tensor (*)(const at::Tensor&, const at::Tensor&);

template <binary function>
onnx_answers compare(const node_call& call) {
  return {function(call.in(0), second_operand(call))};
}

onnx_answers negate(const node_call& call) {
  return {at::logical_not(call.in(0))};
}

onnx_answers where(const node_call& call) {
  return {at::where(call.in(0), call.in(1), call.in(2))};
}

onnx_answers is_nan(const node_call& call) {
  return {at::isnan(call.in(0))};
}

onnx_answers is_infinite(const node_call& call) {
  const bool negative = call.flag("detect_negative", true),
             positive = call.flag("detect_positive", true);
  const auto& x = call.in(0);
  if (negative && positive) return {at::isinf(x)};
  if (positive) return {at::isposinf(x)};
  return {negative ? at::isneginf(x) : at::zeros_like(x, at::kBool)};
}

/// Halves are for storage: what becomes one stays as wide as it is computed, unless it is what the
/// network answers.
at::Tensor converted(const node_call& call, onnx_type to, at::ScalarType type) {
  const auto& x = call.in(0);
  if (!call.is_answer() || !is_half(to)) return x.to(type);
  if (to != onnx_type::f16)
    call.refuse("answers in bfloat16, which files do not say how to round to");
  return x.to(at::kHalf).to(type);
}

onnx_answers cast(const node_call& call) {
  const auto to = static_cast<onnx_type>(call.attribute("to", 0));
  return {converted(call, to, scalar_type_of(to, "what it makes"))};
}

onnx_answers cast_like(const node_call& call) {
  return {converted(call, call.operand(1).half, call.in(1).scalar_type())};
}

template <binary function>
onnx_answers bitwise(const node_call& call) {
  return {function(call.in(0), call.in(1))};
}

onnx_answers bitwise_not(const node_call& call) {
  return {at::bitwise_not(call.in(0))};
}

}  // namespace

const std::vector<onnx_op>& onnx_logic() {
  static const std::vector<onnx_op> all{{"Equal", compare<at::eq>},
                                        {"Greater", compare<at::gt>},
                                        {"GreaterOrEqual", compare<at::ge>},
                                        {"Less", compare<at::lt>},
                                        {"LessOrEqual", compare<at::le>},
                                        {"And", compare<at::logical_and>},
                                        {"Or", compare<at::logical_or>},
                                        {"Xor", compare<at::logical_xor>},
                                        {"Not", negate},
                                        {"BitwiseAnd", bitwise<at::bitwise_and>},
                                        {"BitwiseOr", bitwise<at::bitwise_or>},
                                        {"BitwiseXor", bitwise<at::bitwise_xor>},
                                        {"BitwiseNot", bitwise_not},
                                        {"Where", where},
                                        {"IsNaN", is_nan},
                                        {"IsInf", is_infinite},
                                        {"Cast", cast},
                                        {"CastLike", cast_like}};
  return all;
}

}  // namespace bramble
