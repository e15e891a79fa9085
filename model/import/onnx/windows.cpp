#include "model/import/onnx/windows.hpp"

#include <algorithm>

namespace bramble {
namespace {

constexpr std::int64_t most = 1 << 16;  // as `validate` has it

void check(const node_call& call, const shape_t& numbers, std::size_t count, std::int64_t least) {
  if (numbers.size() != count) call.refuse("has a window of other axes than its input");
  for (const auto number : numbers)
    if (number < least || number > most) call.refuse("has an impossible window");
}

/// So much around that the picture keeps its size, divided by the stride.
void pad_to_same(onnx_window& w, const shape_t& sizes, bool more_behind) {
  for (std::size_t i = 0; i < w.rank(); ++i) {
    const auto out = (sizes[i] + w.stride[i] - 1) / w.stride[i];
    const auto wide = (w.kernel[i] - 1) * w.dilation[i] + 1;
    const auto all = std::max((out - 1) * w.stride[i] + wide - sizes[i], std::int64_t{0});
    w.before[i] = more_behind ? all / 2 : all - all / 2;
    w.behind[i] = all - w.before[i];
  }
}

}  // namespace

bool onnx_window::narrow() const {
  for (std::size_t i = 0; i < rank(); ++i)
    if (2 * before[i] > kernel[i]) return false;
  return true;
}

onnx_window window_of(const node_call& call, const shape_t& sizes, shape_t kernel) {
  const auto rank = sizes.size();
  onnx_window w{std::move(kernel), call.list("strides", shape_t(rank, 1)),
                call.list("dilations", shape_t(rank, 1)), shape_t(rank, 0), shape_t(rank, 0)};
  check(call, w.kernel, rank, 1);
  check(call, w.stride, rank, 1);
  check(call, w.dilation, rank, 1);
  const auto automatic = call.text("auto_pad", "NOTSET");
  if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
    pad_to_same(w, sizes, automatic == "SAME_UPPER");
  } else if (automatic == "NOTSET") {
    const auto pads = call.list("pads", shape_t(2 * rank, 0));
    check(call, pads, 2 * rank, 0);
    w.before.assign(pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(rank));
    w.behind.assign(pads.begin() + static_cast<std::ptrdiff_t>(rank), pads.end());
  } else if (automatic != "VALID") {
    call.refuse("pads by " + automatic + ", which is not known");
  }
  return w;
}

shape_t picture_of(const at::Tensor& x) {
  return {x.sizes().begin() + std::min<std::int64_t>(2, x.dim()), x.sizes().end()};
}

at::Tensor padded(const at::Tensor& x, const shape_t& before, const shape_t& behind,
                  const at::Scalar& value) {
  shape_t widths;  // from the last axis on
  bool any = false;
  for (auto i = before.size(); i-- > 0;) {
    widths.push_back(before[i]);
    widths.push_back(behind[i]);
    any = any || before[i] != 0 || behind[i] != 0;
  }
  return any ? at::constant_pad_nd(x, widths, value) : x;
}

}  // namespace bramble
