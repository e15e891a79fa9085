#include "model/runtime/product_kernel.hpp"

#include "model/runtime/pointwise_kernel.hpp"
#include "model/runtime/threads.hpp"
#include "model/runtime/vector_loops.hpp"

namespace bramble {
namespace {

class product_kernel : public region_kernel {
 public:
  product_kernel(weight_source& weights, op_id id, const region& out)
      : op_{weights.model().ops[id]}, out_{out} {
    const auto& in = weights.model().values[op_.inputs[0]].shape;
    channels_ = in[1];
    rows_ = in[2];
    columns_ = in[3];
    weight_ = weights.part(op_.weights[0], out_.channels);
    if (op_.weights.size() == 2) bias_ = weights.part(op_.weights[1], out_.channels);
    x_.resize(static_cast<std::size_t>(channels_ * rows_ * columns_));
  }

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    gather(inputs[0]);
    const auto n = static_cast<std::int64_t>(x_.size());
    auto* to = out.pixel(0, 0);
    parallel_rows(out_.channels.size(), n, [&](std::int64_t begin, std::int64_t end) {
      loops::dot_products(to + begin, x_.data(), floats_of(weight_) + begin * n, n, end - begin);
      if (bias_.keep) loops::add(to + begin, to + begin, floats_of(bias_) + begin, end - begin);
    });
    finish_in_place(out, op_.inputs.size() == 2 ? &inputs[1] : nullptr, op_.activation);
  }

 private:
  /// The map in the order of the weights: channels, rows, columns.
  void gather(const tensor_view& in) {
    for (std::int64_t row = 0; row < rows_; ++row)
      for (std::int64_t column = 0; column < columns_; ++column) {
        const auto* from = in.pixel(row, column);
        auto* to = x_.data() + row * columns_ + column;
        for (std::int64_t c = 0; c < channels_; ++c) to[c * rows_ * columns_] = from[c];
      }
  }

  const op& op_;
  region out_;
  std::int64_t channels_ = 0;
  std::int64_t rows_ = 0;
  std::int64_t columns_ = 0;
  blob weight_;  // of `out_`'s channels
  blob bias_;
  std::vector<float> x_;
};

}  // namespace

bool is_product(const graph& g, const op& o) {
  const auto &in = g.values[o.inputs[0]].shape, &out = g.values[o.outputs[0]].shape;
  for (std::size_t axis = 0; axis < 2; ++axis)
    if (o.win.kernel[axis] != in[2 + axis] || o.win.padding[axis] != 0 ||
        o.win.dilation[axis] != 1 || out[2 + axis] != 1)
      return false;
  return o.kind == op_kind::convolution && o.groups == 1;
}

std::shared_ptr<region_kernel> make_product_kernel(weight_source& weights, op_id id,
                                                   const region& out) {
  return std::make_shared<product_kernel>(weights, id, out);
}

}  // namespace bramble
