#include "model/runtime/aten_convolution.hpp"

#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <c10/core/InferenceMode.h>

#include <array>

#include "model/runtime/aten_tensors.hpp"
#include "model/runtime/padding_kernel.hpp"
#include "model/runtime/pointwise_kernel.hpp"

namespace bramble {
namespace {

class aten_convolution : public region_kernel {
 public:
  aten_convolution(weight_source& weights, op_id id, const region& out)
      : g_{weights.model()}, id_{id}, op_{g_.ops[id]}, out_{out}, made_{out} {
    const auto channels = g_.values[op_.outputs[0]].shape[1];
    const auto per_group = channels / op_.groups;
    if (op_.groups > 1)
      made_.channels = {out.channels.begin / per_group * per_group,
                        (out.channels.end + per_group - 1) / per_group * per_group};
    groups_ = op_.groups > 1 ? made_.channels.size() / per_group : 1;
    in_ = needed_inputs(g_, op_, made_)[0];
    border_ = border_of(g_, op_, made_);
    const c10::InferenceMode no_gradients;
    auto part = [&](weight_id weight) { return tensor_over(weights, weight, made_.channels); };
    weight_ = arranged(part(op_.weights[0]).contiguous(at::MemoryFormat::ChannelsLast));
    if (op_.weights.size() == 2) bias_ = part(op_.weights[1]);
  }

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    naming_op(g_, id_, [&] {
      const c10::InferenceMode no_gradients;
      // Symmetric borders need no padded copy.
      std::array<std::int64_t, 2> padding{0, 0};
      auto x = padded_input(inputs[0], padding);
      auto made = at::conv2d(arranged(x), weight_, bias_, op_.win.stride, padding, op_.win.dilation,
                             groups_);
      made = made.narrow(1, out_.channels.begin - made_.channels.begin, out_.channels.size());
      tensor_over(out, g_.values[op_.outputs[0]]).copy_(made);
    });
    finish_in_place(out, op_.inputs.size() == 2 ? &inputs[1] : nullptr, op_.activation);
  }

 private:
  /// Of one channel, rows of pixels of channels and plain rows are the same bytes with other
  /// strides, and LibTorch 2.6 takes one for the other where a row has few pixels: it has to be
  /// told.
  at::Tensor arranged(const at::Tensor& map) const {
    return in_.channels.size() == 1 ? map.clone(at::MemoryFormat::Contiguous) : map;
  }

  at::Tensor padded_input(const tensor_view& in, std::array<std::int64_t, 2>& padding) const {
    auto x = tensor_over(part_of(in, in_), g_.values[op_.inputs[0]]);
    if (border_.top == border_.bottom && border_.left == border_.right && !has_empty_windows(op_)) {
      padding = {border_.top, border_.left};
      return x;
    }
    return at::constant_pad_nd(x, {border_.left, border_.right, border_.top, border_.bottom}, 0);
  }

  const graph& g_;
  op_id id_;
  const op& op_;
  region out_;   // what is asked for
  region made_;  // `out_`, or with the other channels of its groups
  region in_;
  border border_;
  std::int64_t groups_ = 1;
  at::Tensor weight_;
  at::Tensor bias_;
};

}  // namespace

std::shared_ptr<region_kernel> make_aten_convolution(weight_source& weights, op_id id,
                                                     const region& out) {
  return std::make_shared<aten_convolution>(weights, id, out);
}

}  // namespace bramble
