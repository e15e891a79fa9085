// Products of matrices.
#include "model/import/onnx/op_table.hpp"

namespace bramble {
namespace {

/// By a matrix of the file it is a linear layer, which nodes can divide.
onnx_answers multiply(const node_call& call) {
  const auto &a = call.in(0), &b = call.in(1);
  if (!call.known(0) && call.known(1) && b.dim() == 2 && a.dim() >= 2 && a.is_floating_point())
    return {at::linear(a, untraced([&b] { return b.t().contiguous(); }))};
  return {at::matmul(a, b)};
}

at::Tensor turned(const at::Tensor& x, bool turn) {
  return turn ? x.t() : x;
}

at::Tensor times(const at::Tensor& x, double factor) {
  return factor == 1 ? x : at::mul(x, factor);
}

onnx_answers gemm(const node_call& call) {
  const auto alpha = call.real("alpha", 1), beta = call.real("beta", 1);
  const auto a = turned(call.in(0), call.flag("transA", false));
  const auto& b = call.in(1);
  if (a.dim() != 2 || b.dim() != 2) call.refuse("multiplies what are no matrices");
  const bool turn = call.flag("transB", false);
  const auto columns = turn ? b.size(0) : b.size(1);
  const bool is_bias = !call.has(2) || (call.known(2) && call.in(2).numel() == columns &&
                                        (call.rank(2) == 1 || call.in(2).size(0) == 1));
  if (call.known(1) && is_bias && a.is_floating_point()) {
    const auto weight = untraced([&] { return times(turn ? b : b.t().contiguous(), alpha); });
    at::Tensor bias;
    if (call.has(2)) bias = untraced([&] { return times(call.in(2).reshape({-1}), beta); });
    return {at::linear(a, weight, bias)};
  }
  const auto product = times(at::matmul(a, turned(b, turn)), alpha);
  return {call.has(2) ? at::add(product, times(call.in(2), beta)) : product};
}

onnx_answers einsum(const node_call& call) {
  return {at::einsum(call.text("equation", ""), call.all())};
}

onnx_answers determinant(const node_call& call) {
  return {at::det(call.in(0))};
}

}  // namespace

const std::vector<onnx_op>& onnx_products() {
  static const std::vector<onnx_op> all{
      {"MatMul", multiply}, {"Gemm", gemm}, {"Einsum", einsum}, {"Det", determinant}};
  return all;
}

}  // namespace bramble
