#include "model/runtime/concat_kernel.hpp"

#include <limits>

#include "model/runtime/threads.hpp"
#include "model/runtime/vector_loops.hpp"

namespace bramble {
namespace {

constexpr auto infinity = std::numeric_limits<float>::infinity();

class concat_kernel : public region_kernel {
 public:
  concat_kernel(weight_source& weights, const op& o, const region& out)
      : out_{out}, activation_{o.activation} {
    const auto& g = weights.model();
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < o.inputs.size(); ++i) {
      const auto channels = g.values[o.inputs[i]].shape[1];
      const auto mine = intersect(out.channels, {offset, offset + channels});
      if (!mine.empty())
        runs_.push_back({i, mine.begin - offset, mine.begin - out.channels.begin, mine.size()});
      offset += channels;
    }
    if (o.weights.empty()) return;
    scale_ = weights.get(o.weights[0]);
    shift_ = weights.get(o.weights[1]);
  }

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    parallel_rows(out_.rows.size(), out_.columns.size() * out_.channels.size(),
                  [&](std::int64_t begin, std::int64_t end) {
                    for (auto row = begin; row < end; ++row)
                      make_row(inputs, out, out_.rows.begin + row);
                  });
  }

 private:
  struct channel_run {
    std::size_t input;
    std::int64_t from;  // channel of the input
    std::int64_t to;    // channel of the output's region
    std::int64_t size;
  };

  void make_row(std::span<const tensor_view> inputs, const tensor_view& out,
                std::int64_t row) const {
    for (const auto& run : runs_) {
      const auto& in = inputs[run.input];
      const auto* from = in.pixel(row, out_.columns.begin) + (run.from - in.box.channels.begin);
      auto* to = out.pixel(row, out_.columns.begin) + run.to;
      if (scale_.keep)
        loops::transform_pixels(to, out.pixel_stride, from, in.pixel_stride, out_.columns.size(),
                                run.size, transform_of(run));
      else
        loops::copy_pixels(to, out.pixel_stride, from, in.pixel_stride, out_.columns.size(),
                           run.size);
    }
  }

  loops::channel_affine transform_of(const channel_run& run) const {
    using kind = fused_activation::kind_t;
    const auto first = out_.channels.begin + run.to;
    return {floats_of(scale_) + first, floats_of(shift_) + first,
            activation_.kind == kind::none   ? -infinity
            : activation_.kind == kind::clip ? activation_.low
                                             : 0.0F,
            activation_.kind == kind::clip ? activation_.high : infinity};
  }

  region out_;
  std::vector<channel_run> runs_;
  fused_activation activation_;
  blob scale_, shift_;  // by the output's channel; empty where maps are only joined
};

}  // namespace

std::shared_ptr<region_kernel> make_concat_kernel(weight_source& weights, op_id id,
                                                  const region& out) {
  return std::make_shared<concat_kernel>(weights, weights.model().ops[id], out);
}

}  // namespace bramble
