#include <algorithm>
#include <limits>
#include <numeric>

#include "model/import/onnx/op_table.hpp"
#include "model/import/onnx/windows.hpp"

namespace bramble {
namespace {

onnx_window pool_window(const node_call& call) {
  const auto& x = call.in(0);
  if (x.dim() < 3 || x.dim() > 5) call.refuse("pools what is no signal, picture or volume");
  return window_of(call, picture_of(x), call.list("kernel_shape", {}));
}

at::Tensor averaged(const at::Tensor& x, const onnx_window& w, const shape_t& padding, bool ceil,
                    bool with_padding) {
  switch (w.rank()) {
    case 1:
      return at::avg_pool1d(x, w.kernel, w.stride, padding, ceil, with_padding);
    case 2:
      return at::avg_pool2d(x, w.kernel, w.stride, padding, ceil, with_padding);
    default:
      return at::avg_pool3d(x, w.kernel, w.stride, padding, ceil, with_padding);
  }
}

/// With unequal sides: what was put around is averaged as well, and its share taken out by the
/// average of ones, which is a constant.
onnx_answers average(const node_call& call) {
  const auto& x = call.in(0);
  const auto w = pool_window(call);
  if (w.dilation != shape_t(w.rank(), 1)) call.refuse("averages with gaps (dilations)");
  const bool ceil = call.flag("ceil_mode", false),
             with_padding = call.flag("count_include_pad", false);
  if (w.even() && w.narrow()) return {averaged(x, w, w.before, ceil, with_padding)};
  const shape_t none(w.rank(), 0);
  const auto out = averaged(padded(x, w.before, w.behind, 0), w, none, ceil, true);
  if (with_padding) return {out};
  auto one_channel = x.sizes().vec();
  one_channel[0] = one_channel[1] = 1;
  const auto ones = at::ones(one_channel, x.options());
  return {at::div(out, averaged(padded(ones, w.before, w.behind, 0), w, none, ceil, true))};
}

at::Scalar least(const at::Tensor& x) {
  if (x.is_floating_point()) return -std::numeric_limits<double>::infinity();
  return x.scalar_type() == at::kChar ? at::Scalar{-128} : at::Scalar{0};
}

at::Tensor largest(const at::Tensor& x, const onnx_window& w, const shape_t& padding, bool ceil) {
  switch (w.rank()) {
    case 1:
      return at::max_pool1d(x, w.kernel, w.stride, padding, w.dilation, ceil);
    case 2:
      return at::max_pool2d(x, w.kernel, w.stride, padding, w.dilation, ceil);
    default:
      return at::max_pool3d(x, w.kernel, w.stride, padding, w.dilation, ceil);
  }
}

std::tuple<at::Tensor, at::Tensor> largest_with_places(const at::Tensor& x, const onnx_window& w,
                                                       bool ceil) {
  switch (w.rank()) {
    case 1:
      return at::max_pool1d_with_indices(x, w.kernel, w.stride, w.before, w.dilation, ceil);
    case 2:
      return at::max_pool2d_with_indices(x, w.kernel, w.stride, w.before, w.dilation, ceil);
    default:
      return at::max_pool3d_with_indices(x, w.kernel, w.stride, w.before, w.dilation, ceil);
  }
}

/// LibTorch counts within a channel, ONNX through the whole tensor, and columns first if asked to.
at::Tensor places_in_tensor(const node_call& call, at::Tensor places, const shape_t& sizes) {
  const auto picture =
      std::accumulate(sizes.begin() + 2, sizes.end(), std::int64_t{1}, std::multiplies<>{});
  if (call.attribute("storage_order", 0) == 1) {
    if (sizes.size() != 4) call.refuse("counts columns first in what is no picture");
    const auto row = at::div(places, sizes[3], "floor"), column = at::remainder(places, sizes[3]);
    places = at::add(at::mul(column, sizes[2]), row);
  }
  shape_t along(sizes.size(), 1);
  along[0] = sizes[0];
  along[1] = sizes[1];
  const auto channel = at::mul(at::arange(sizes[0] * sizes[1], at::kLong), picture).reshape(along);
  return at::add(places, channel);
}

onnx_answers max_pool(const node_call& call) {
  const auto& given = call.in(0);
  const auto w = pool_window(call);
  const bool ceil = call.flag("ceil_mode", false), plain = w.even() && w.narrow();
  // LibTorch pools floats.
  const auto x = given.is_floating_point() ? given : given.to(at::kFloat);
  if (call.wants(1)) {
    if (!plain) call.refuse("asks where the largest elements were with more padding on one side");
    const auto [values, places] = largest_with_places(x, w, ceil);
    return {values.to(given.scalar_type()), places_in_tensor(call, places, call.shape(0))};
  }
  const auto out =
      plain ? largest(x, w, w.before, ceil)
            : largest(padded(x, w.before, w.behind, least(given)), w, shape_t(w.rank(), 0), ceil);
  return {given.is_floating_point() ? out : out.to(given.scalar_type())};
}

/// The p-norm of each window: the sum is an average without its divisor.
onnx_answers norm_pool(const node_call& call) {
  const auto& x = call.in(0);
  const auto w = pool_window(call);
  if (w.dilation != shape_t(w.rank(), 1)) call.refuse("adds with gaps (dilations)");
  const auto p = static_cast<double>(call.attribute("p", 2));
  const auto count = std::accumulate(w.kernel.begin(), w.kernel.end(), 1.0, std::multiplies<>{});
  const auto powers = padded(at::pow(at::abs(x), p), w.before, w.behind, 0);
  const auto mean = averaged(powers, w, shape_t(w.rank(), 0), call.flag("ceil_mode", false), true);
  return {at::pow(at::mul(mean, count), 1 / p)};
}

shape_t picture_axes(const node_call& call) {
  if (call.rank(0) < 3) call.refuse("pools what is no signal, picture or volume");
  shape_t axes(static_cast<std::size_t>(call.rank(0) - 2));
  std::iota(axes.begin(), axes.end(), 2);
  return axes;
}

onnx_answers global_average(const node_call& call) {
  const auto axes = picture_axes(call);
  if (call.rank(0) == 4) return {at::adaptive_avg_pool2d(call.in(0), {1, 1})};
  return {at::mean(call.in(0), axes, true)};
}

onnx_answers global_max(const node_call& call) {
  return {at::amax(call.in(0), picture_axes(call), true)};
}

onnx_answers global_norm(const node_call& call) {
  const auto p = static_cast<double>(call.attribute("p", 2));
  const auto powers = at::pow(at::abs(call.in(0)), p);
  return {at::pow(at::sum(powers, picture_axes(call), true), 1 / p)};
}

/// Each element back to where it was found, zeros elsewhere.
onnx_answers unpool(const node_call& call) {
  const auto &x = call.in(0), &places = call.in(1);
  auto to = call.shape(0);
  if (call.has(2)) {
    to = call.ints(2);
  } else {
    const auto w = window_of(call, picture_of(x), call.list("kernel_shape", {}));
    for (std::size_t i = 0; i < w.rank(); ++i)
      to[i + 2] = (to[i + 2] - 1) * w.stride[i] - w.before[i] - w.behind[i] + w.kernel[i];
  }
  call.check_size(to);
  // Places count in the picture that was pooled, whose size is that which the window makes.
  const auto count = std::accumulate(to.begin(), to.end(), std::int64_t{1}, std::multiplies<>{});
  auto from = to;
  if (call.has(2)) {
    const auto w = window_of(call, picture_of(x), call.list("kernel_shape", {}));
    from = call.shape(0);
    for (std::size_t i = 0; i < w.rank(); ++i)
      from[i + 2] = (from[i + 2] - 1) * w.stride[i] - w.before[i] - w.behind[i] + w.kernel[i];
  }
  auto place = at::reshape(places.to(at::kLong), {-1});
  if (from != to) {
    // The same place by rows and columns in a larger picture.
    at::Tensor rest = place, wider;
    std::int64_t step = 1;
    for (auto i = to.size(); i-- > 0;) {
      const auto along = at::mul(at::remainder(rest, from[i]), step);
      wider = wider.defined() ? at::add(wider, along) : along;
      rest = at::div(rest, from[i], "floor");
      step *= to[i];
    }
    place = wider;
  }
  return {at::reshape(at::scatter(at::zeros({count}, x.options()), 0, place, at::reshape(x, {-1})),
                      to)};
}

}  // namespace

const std::vector<onnx_op>& onnx_poolings() {
  static const std::vector<onnx_op> all{
      {"AveragePool", average},      {"MaxPool", max_pool},
      {"LpPool", norm_pool},         {"GlobalAveragePool", global_average},
      {"GlobalMaxPool", global_max}, {"GlobalLpPool", global_norm},
      {"MaxUnpool", unpool}};
  return all;
}

}  // namespace bramble
