#include "model/runtime/aten_transposed.hpp"

#include <ATen/ops/conv_transpose2d.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "model/runtime/aten_tensors.hpp"

namespace bramble {
namespace {

class aten_transposed : public region_kernel {
 public:
  aten_transposed(weight_source& weights, op_id id, const region& out)
      : g_{weights.model()}, id_{id}, op_{g_.ops[id]}, out_{out}, made_{out.channels} {
    const auto per_group = g_.values[op_.outputs[0]].shape[1] / op_.groups;
    if (op_.groups > 1)
      made_ = {out.channels.begin / per_group * per_group,
               (out.channels.end + per_group - 1) / per_group * per_group};
    groups_ = op_.groups > 1 ? made_.size() / per_group : 1;
    in_ = needed_inputs(g_, op_, {made_, out.rows, out.columns})[0];
    rows_ = reach(0, in_.rows);
    columns_ = reach(1, in_.columns);
    const c10::InferenceMode no_gradients;
    // With groups its first axis is the input channels of all groups, its second one group's
    // output.
    weight_ = op_.groups > 1 ? tensor_over(weights, op_.weights[0], in_.channels)
                             : tensor_over(weights, op_.weights[0])
                                   .narrow(1, made_.begin, made_.size())
                                   .contiguous();
    if (op_.weights.size() == 2) bias_ = weights.get(op_.weights[1]);
  }

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    // What lies beyond the reach of any input pixel is the bias alone.
    fill(out);
    naming_op(g_, id_, [&] {
      const c10::InferenceMode no_gradients;
      const auto x = tensor_over(part_of(inputs[0], in_), g_.values[op_.inputs[0]]);
      const auto made =
          at::conv_transpose2d(x, weight_, {}, op_.win.stride, 0, 0, groups_, op_.win.dilation);
      const region common{out_.channels, intersect(out_.rows, rows_),
                          intersect(out_.columns, columns_)};
      if (common.empty()) return;
      auto to = tensor_over(part_of(out, common), g_.values[op_.outputs[0]]);
      to.add_(made.narrow(1, out_.channels.begin - made_.begin, out_.channels.size())
                  .narrow(2, common.rows.begin - rows_.begin, common.rows.size())
                  .narrow(3, common.columns.begin - columns_.begin, common.columns.size()));
    });
  }

 private:
  /// All output pixels along an axis that some of `in` spread to; may stick out of the map.
  interval reach(std::size_t axis, interval in) const {
    const auto begin = in.begin * op_.win.stride[axis] - op_.win.padding[axis];
    return {begin, begin + (in.size() - 1) * op_.win.stride[axis] +
                       (op_.win.kernel[axis] - 1) * op_.win.dilation[axis] + 1};
  }

  void fill(const tensor_view& out) const {
    const auto n = out_.channels.size();
    for (auto row = out_.rows.begin; row < out_.rows.end; ++row)
      for (auto column = out_.columns.begin; column < out_.columns.end; ++column)
        if (bias_.keep)
          std::copy_n(floats_of(bias_) + out_.channels.begin, n, out.pixel(row, column));
        else
          std::fill_n(out.pixel(row, column), n, 0.0F);
  }

  const graph& g_;
  op_id id_;
  const op& op_;
  region out_;
  interval made_;  // `out_`'s channels, or with the others of their groups
  region in_;
  interval rows_;  // what LibTorch makes of `in_`
  interval columns_;
  std::int64_t groups_ = 1;
  at::Tensor weight_;
  blob bias_;
};

}  // namespace

std::shared_ptr<region_kernel> make_aten_transposed(weight_source& weights, op_id id,
                                                    const region& out) {
  return std::make_shared<aten_transposed>(weights, id, out);
}

}  // namespace bramble
