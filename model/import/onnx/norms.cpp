// Normalisation, and softmax.
#include <algorithm>
#include <numeric>

#include "model/import/onnx/op_table.hpp"

namespace bramble {
namespace {

onnx_answers batch_norm(const node_call& call) {
  if (call.flag("training_mode", false) || (call.opset() < 9 && call.outputs() > 1))
    call.refuse("normalises by what it is given, as in training");
  if (!call.flag("spatial", true)) call.refuse("normalises every pixel by itself (spatial=0)");
  return {at::batch_norm(call.in(0), call.in(1), call.in(2), call.in(3), call.in(4), false, 0,
                         call.real("epsilon", 1e-5), false)};
}

onnx_answers instance_norm(const node_call& call) {
  return {at::instance_norm(call.in(0), call.in(1), call.in(2), {}, {}, true, 0,
                            call.real("epsilon", 1e-5), false)};
}

/// From opset 21 on a scale of each channel, before that of each group.
onnx_answers group_norm(const node_call& call) {
  const auto& x = call.in(0);
  const auto groups = call.attribute("num_groups", 1);
  if (groups < 1 || x.dim() < 2 || x.size(1) % groups != 0) call.refuse("has impossible groups");
  const auto of_channels = [&](const at::Tensor& t) {
    return t.numel() == x.size(1) ? t : at::repeat_interleave(t, x.size(1) / groups);
  };
  return {at::group_norm(x, groups, of_channels(call.in(1)), of_channels(call.in(2)),
                         call.real("epsilon", 1e-5), false)};
}

onnx_answers layer_norm(const node_call& call) {
  const auto &x = call.in(0), &scale = call.in(1);
  const auto axis = call.axis("axis", -1, x.dim());
  const shape_t over{x.sizes().begin() + axis, x.sizes().end()};
  const auto epsilon = call.real("epsilon", 1e-5);
  const bool fits = scale.sizes().vec() == over && (!call.has(2) || call.shape(2) == over);
  if (!call.wants(1) && !call.wants(2) && fits)
    return {at::layer_norm(x, over, scale, call.maybe(2), epsilon, false)};
  auto [out, mean, deviation] = at::native_layer_norm(x, over, {}, {}, epsilon);
  out = at::mul(out, scale);
  if (call.has(2)) out = at::add(out, call.in(2));
  return {out, mean, deviation};
}

onnx_answers mean_variance(const node_call& call) {
  const auto& x = call.in(0);
  const auto axes = call.axes_of(call.list("axes", {0, 2, 3}), x.dim());
  const auto centred = at::sub(x, at::mean(x, axes, true));
  const auto deviation = at::sqrt(at::mean(at::mul(centred, centred), axes, true));
  return {at::div(centred, at::add(deviation, 1e-9))};
}

onnx_answers unit_length(const node_call& call) {
  const auto& x = call.in(0);
  const auto axis = call.axis("axis", -1, x.dim());
  const auto length = call.attribute("p", 2) == 1
                          ? at::sum(at::abs(x), at::IntArrayRef{axis}, true)
                          : at::sqrt(at::sum(at::mul(x, x), at::IntArrayRef{axis}, true));
  return {at::div(x, length)};
}

/// By the squares of the channels around: their mean is an average along the channels alone.
onnx_answers across_channels(const node_call& call) {
  const auto& x = call.in(0);
  const auto size = call.attribute("size", 1);
  if (size < 1 || size > 1 << 16 || x.dim() < 2)
    call.refuse("looks at an impossible number of channels");
  const auto flat = at::reshape(at::mul(x, x), {x.size(0), 1, x.size(1), -1});
  const auto before = (size - 1) / 2;
  const auto around = at::constant_pad_nd(flat, {0, 0, before, size - 1 - before});
  const auto mean = at::reshape(at::avg_pool2d(around, {size, 1}, {1, 1}), x.sizes());
  const auto base = at::add(at::mul(mean, call.real("alpha", 1e-4)), call.real("bias", 1));
  return {at::div(x, at::pow(base, call.real("beta", 0.75)))};
}

/// Up to opset 12 over everything from an axis on, then over one axis.
template <class Function>
onnx_answers over_axis(const node_call& call, Function function) {
  const auto& x = call.in(0);
  const bool one_axis = call.opset() >= 13;
  const auto axis = call.axis("axis", one_axis ? -1 : 1, x.dim());
  const auto behind = std::accumulate(x.sizes().begin() + axis + (x.dim() > 0 ? 1 : 0),
                                      x.sizes().end(), std::int64_t{1}, std::multiplies<>{});
  if (one_axis || behind == 1) return {function(x, axis)};
  const auto before = std::accumulate(x.sizes().begin(), x.sizes().begin() + axis, std::int64_t{1},
                                      std::multiplies<>{});
  return {at::reshape(function(at::reshape(x, {before, -1}), 1), x.sizes())};
}

onnx_answers softmax(const node_call& call) {
  return over_axis(call,
                   [](const at::Tensor& x, std::int64_t axis) { return at::softmax(x, axis); });
}

onnx_answers log_softmax(const node_call& call) {
  return over_axis(call,
                   [](const at::Tensor& x, std::int64_t axis) { return at::log_softmax(x, axis); });
}

/// 1 for the first of the largest, 0 for the rest.
onnx_answers hardmax(const node_call& call) {
  return over_axis(call, [](const at::Tensor& x, std::int64_t axis) {
    shape_t shape(static_cast<std::size_t>(x.dim()), 1);
    shape[static_cast<std::size_t>(axis)] = x.size(axis);
    const auto places = at::arange(x.size(axis), at::kLong).reshape(shape);
    return at::eq(at::argmax(x, axis, true), places).to(x.scalar_type());
  });
}

}  // namespace

const std::vector<onnx_op>& onnx_norms() {
  static const std::vector<onnx_op> all{{"BatchNormalization", batch_norm},
                                        {"InstanceNormalization", instance_norm},
                                        {"GroupNormalization", group_norm},
                                        {"LayerNormalization", layer_norm},
                                        {"MeanVarianceNormalization", mean_variance},
                                        {"LpNormalization", unit_length},
                                        {"LRN", across_channels},
                                        {"Softmax", softmax},
                                        {"LogSoftmax", log_softmax},
                                        {"Hardmax", hardmax}};
  return all;
}

}  // namespace bramble
