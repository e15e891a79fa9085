#include "model/runtime/padding_kernel.hpp"

#include <algorithm>

#include "model/runtime/pointwise_kernel.hpp"

namespace bramble {
namespace {

class padding_kernel : public region_kernel {
 public:
  padding_kernel(const op& o, std::vector<float> bias)
      : has_residual_{o.inputs.size() == 2}, activation_{o.activation}, bias_{std::move(bias)} {}

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    for (auto row = out.box.rows.begin; row < out.box.rows.end; ++row)
      for (auto column = out.box.columns.begin; column < out.box.columns.end; ++column)
        std::copy(bias_.begin(), bias_.end(), out.pixel(row, column));
    finish_in_place(out, has_residual_ ? &inputs[1] : nullptr, activation_);
  }

 private:
  bool has_residual_;
  fused_activation activation_;
  std::vector<float> bias_;  // of the region's channels
};

}  // namespace

bool has_empty_windows(const op& o) {
  for (std::size_t axis = 0; axis < 2; ++axis)
    if (o.win.padding[axis] > (o.win.kernel[axis] - 1) * o.win.dilation[axis]) return true;
  return false;
}

std::shared_ptr<region_kernel> make_padding_kernel(weight_source& weights, op_id id,
                                                   const region& out) {
  const auto& o = weights.model().ops[id];
  std::vector<float> bias(static_cast<std::size_t>(out.channels.size()), 0.0F);
  if (o.weights.size() == 2) {
    const auto held = weights.get(o.weights[1]);
    std::copy_n(floats_of(held) + out.channels.begin, bias.size(), bias.begin());
  }
  return std::make_shared<padding_kernel>(o, std::move(bias));
}

}  // namespace bramble
