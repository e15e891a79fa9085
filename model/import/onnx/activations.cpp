#include "model/import/onnx/op_table.hpp"

namespace bramble {
namespace {

onnx_answers relu(const node_call& call) {
  return {at::relu(call.in(0))};
}

onnx_answers sigmoid(const node_call& call) {
  return {at::sigmoid(call.in(0))};
}

onnx_answers tanh(const node_call& call) {
  return {at::tanh(call.in(0))};
}

onnx_answers leaky_relu(const node_call& call) {
  return {at::leaky_relu(call.in(0), call.real("alpha", 0.01))};
}

onnx_answers elu(const node_call& call) {
  return {at::elu(call.in(0), call.real("alpha", 1))};
}

onnx_answers celu(const node_call& call) {
  return {at::celu(call.in(0), call.real("alpha", 1))};
}

onnx_answers selu(const node_call& call) {
  const auto alpha = call.real("alpha", 1.67326319217681884765625),
             gamma = call.real("gamma", 1.05070102214813232421875);
  return {at::elu(call.in(0), alpha, gamma)};
}

onnx_answers thresholded_relu(const node_call& call) {
  return {at::threshold(call.in(0), call.real("alpha", 1), 0)};
}

onnx_answers hard_sigmoid(const node_call& call) {
  const auto alpha = call.real("alpha", 0.2), beta = call.real("beta", 0.5);
  // As float32 has a sixth.
  if (std::abs(alpha - 1.0 / 6) < 1e-7 && beta == 0.5) return {at::hardsigmoid(call.in(0))};
  return {at::clamp(at::add(at::mul(call.in(0), alpha), beta), 0, 1)};
}

onnx_answers hard_swish(const node_call& call) {
  return {at::hardswish(call.in(0))};
}

onnx_answers softplus(const node_call& call) {
  return {at::softplus(call.in(0))};
}

onnx_answers softsign(const node_call& call) {
  const auto& x = call.in(0);
  return {at::div(x, at::add(at::abs(x), 1))};
}

onnx_answers mish(const node_call& call) {
  return {at::mish(call.in(0))};
}

onnx_answers gelu(const node_call& call) {
  return {at::gelu(call.in(0), call.text("approximate", "none"))};
}

onnx_answers shrink(const node_call& call) {
  const auto bias = call.real("bias", 0), lambda = call.real("lambd", 0.5);
  const auto& given = call.in(0);
  const auto x = given.is_floating_point() ? given : given.to(at::kFloat);
  at::Tensor out;
  if (bias == 0) {
    out = at::hardshrink(x, lambda);
  } else if (bias == lambda) {
    out = at::softshrink(x, lambda);
  } else {
    const auto zero = at::zeros_like(x);
    out = at::where(at::lt(x, -lambda), at::add(x, bias),
                    at::where(at::gt(x, lambda), at::sub(x, bias), zero));
  }
  return {out.to(given.scalar_type())};
}

/// A slope for each channel, which is what LibTorch's op takes.
bool is_per_channel(const at::Tensor& slope, const at::Tensor& x) {
  if (slope.numel() == 1) return true;
  return x.dim() >= 2 && slope.numel() == x.size(1) && slope.dim() == x.dim() - 1 &&
         slope.size(0) == x.size(1);
}

onnx_answers prelu(const node_call& call) {
  const auto& x = call.in(0);
  const auto& slope = call.in(1);
  // Up to opset 6 one for each channel, whatever follows them.
  if (call.known(1) && call.opset() < 7 && slope.dim() == 1) return {at::prelu(x, slope)};
  if (x.is_floating_point() && call.known(1) && is_per_channel(slope, x))
    return {at::prelu(x, untraced([&slope] { return slope.reshape({-1}); }))};
  const auto zero = at::zeros_like(x);
  return {at::add(at::maximum(x, zero), at::mul(slope, at::minimum(x, zero)))};
}

}  // namespace

const std::vector<onnx_op>& onnx_activations() {
  static const std::vector<onnx_op> all{{"Relu", relu},
                                        {"Sigmoid", sigmoid},
                                        {"Tanh", tanh},
                                        {"LeakyRelu", leaky_relu},
                                        {"Elu", elu},
                                        {"Celu", celu},
                                        {"Selu", selu},
                                        {"ThresholdedRelu", thresholded_relu},
                                        {"HardSigmoid", hard_sigmoid},
                                        {"HardSwish", hard_swish},
                                        {"Softplus", softplus},
                                        {"Softsign", softsign},
                                        {"Mish", mish},
                                        {"Gelu", gelu},
                                        {"Shrink", shrink},
                                        {"PRelu", prelu}};
  return all;
}

}  // namespace bramble
