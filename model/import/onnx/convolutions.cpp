#include <algorithm>

#include "model/import/onnx/op_table.hpp"
#include "model/import/onnx/windows.hpp"

namespace bramble {
namespace {

void check_rank(const node_call& call, const at::Tensor& x) {
  if (x.dim() < 3 || x.dim() > 5)
    call.refuse("slides over " + std::to_string(std::max<std::int64_t>(x.dim() - 2, 0)) +
                " axes, where 1 to 3 can be");
}

at::Tensor convolved(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                     const onnx_window& w, const shape_t& padding, std::int64_t groups) {
  switch (w.rank()) {
    case 1:
      return at::conv1d(x, weight, bias, w.stride, padding, w.dilation, groups);
    case 2:
      return at::conv2d(x, weight, bias, w.stride, padding, w.dilation, groups);
    default:
      return at::conv3d(x, weight, bias, w.stride, padding, w.dilation, groups);
  }
}

onnx_answers convolution(const node_call& call) {
  const auto &x = call.in(0), &weight = call.in(1);
  check_rank(call, x);
  const auto w = window_of(call, picture_of(x), call.list("kernel_shape", picture_of(weight)));
  if (w.kernel != picture_of(weight)) call.refuse("has a kernel of another shape than its weight");
  const auto groups = call.attribute("group", 1);
  if (w.even()) return {convolved(x, weight, call.maybe(2), w, w.before, groups)};
  return {convolved(padded(x, w.before, w.behind, 0), weight, call.maybe(2), w,
                    shape_t(w.rank(), 0), groups)};
}

at::Tensor spread(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                  const onnx_window& w, const shape_t& padding, const shape_t& more,
                  std::int64_t groups) {
  switch (w.rank()) {
    case 1:
      return at::conv_transpose1d(x, weight, bias, w.stride, padding, more, groups, w.dilation);
    case 2:
      return at::conv_transpose2d(x, weight, bias, w.stride, padding, more, groups, w.dilation);
    default:
      return at::conv_transpose3d(x, weight, bias, w.stride, padding, more, groups, w.dilation);
  }
}

/// What is cut off so that the picture has the size that the node asks for.
void cut_to_size(const node_call& call, onnx_window& w, const shape_t& sizes, const shape_t& more) {
  const auto automatic = call.text("auto_pad", "NOTSET");
  auto wanted = call.list("output_shape", {});
  if (wanted.empty() && automatic.starts_with("SAME"))
    for (std::size_t i = 0; i < w.rank(); ++i) wanted.push_back(sizes[i] * w.stride[i]);
  if (wanted.empty()) return;
  if (wanted.size() != w.rank()) call.refuse("asks for a picture of other axes than its input");
  for (std::size_t i = 0; i < w.rank(); ++i) {
    const auto all =
        (sizes[i] - 1) * w.stride[i] + more[i] + (w.kernel[i] - 1) * w.dilation[i] + 1 - wanted[i];
    // Where it asks for more than there is, that is added behind.
    w.before[i] = all < 0 ? 0 : automatic == "SAME_UPPER" ? all / 2 : all - all / 2;
    w.behind[i] = all - w.before[i];
  }
}

/// LibTorch cuts the same off on both sides and adds less than a step behind.
bool is_plain(const onnx_window& w, const shape_t& more) {
  for (std::size_t i = 0; i < w.rank(); ++i)
    if (w.before[i] != w.behind[i] || w.before[i] < 0 ||
        more[i] >= std::max(w.stride[i], w.dilation[i]))
      return false;
  return true;
}

onnx_answers transposed_convolution(const node_call& call) {
  const auto &x = call.in(0), &weight = call.in(1);
  check_rank(call, x);
  const auto sizes = picture_of(x);
  auto w = window_of(call, sizes, picture_of(weight));
  const auto more = call.list("output_padding", shape_t(w.rank(), 0));
  if (more.size() != w.rank()) call.refuse("adds to other axes than its input has");
  cut_to_size(call, w, sizes, more);
  const auto groups = call.attribute("group", 1);
  if (is_plain(w, more)) return {spread(x, weight, call.maybe(2), w, w.before, more, groups)};
  // One side and the other by themselves; what is added is not touched by the kernel.
  const shape_t none(w.rank(), 0);
  shape_t before, behind;
  auto to = sizes;
  for (std::size_t i = 0; i < w.rank(); ++i) {
    before.push_back(-w.before[i]);
    behind.push_back(more[i] - w.behind[i]);
    to[i] = sizes[i] * w.stride[i] + w.kernel[i] * w.dilation[i] +
            std::max<std::int64_t>(behind[i], 0) + std::max<std::int64_t>(before[i], 0);
  }
  call.check_size(to);
  const auto out = padded(spread(x, weight, {}, w, none, none, groups), before, behind, 0);
  if (!call.has(2)) return {out};
  shape_t along(static_cast<std::size_t>(x.dim()), 1);
  along[1] = call.in(2).numel();
  return {at::add(out, at::reshape(call.in(2), along))};
}

}  // namespace

const std::vector<onnx_op>& onnx_convolutions() {
  static const std::vector<onnx_op> all{{"Conv", convolution},
                                        {"ConvTranspose", transposed_convolution}};
  return all;
}

}  // namespace bramble
