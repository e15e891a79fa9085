#include "model/runtime/pool_kernel.hpp"

#include <algorithm>

#include "model/runtime/threads.hpp"
#include "model/runtime/vector_loops.hpp"

namespace bramble {
namespace {

class pool_kernel : public region_kernel {
 public:
  pool_kernel(const op& o, const value_info& in, const region& out)
      : is_max_{o.kind == op_kind::max_pool},
        win_{o.win},
        rows_{in.shape[2]},
        columns_{in.shape[3]},
        out_{out} {}

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    const auto work = out_.columns.size() * out_.channels.size() * win_.kernel[0] * win_.kernel[1];
    parallel_rows(out_.rows.size(), work, [&](std::int64_t begin, std::int64_t end) {
      std::vector<const float*> taps;
      for (auto row = out_.rows.begin + begin; row < out_.rows.begin + end; ++row)
        for (auto column = out_.columns.begin; column < out_.columns.end; ++column)
          pool_pixel(inputs[0], row, column, out.pixel(row, column), taps);
    });
  }

 private:
  struct reach {
    std::int64_t first = 0;   // index of the first tap inside the map
    std::int64_t last = 0;    // one past the last
    std::int64_t start = 0;   // where tap 0 lies; may be outside
    std::int64_t padded = 0;  // taps inside the map and its padding
  };

  reach reach_of(std::size_t axis, std::int64_t at, std::int64_t size) const {
    const auto k = win_.kernel[axis], d = win_.dilation[axis], p = win_.padding[axis];
    reach r;
    r.start = at * win_.stride[axis] - p;
    r.first = r.start < 0 ? (-r.start + d - 1) / d : 0;
    r.last = std::clamp<std::int64_t>((size - r.start + d - 1) / d, r.first, k);
    r.padded = std::min(r.start + k, size + p) - r.start;
    return r;
  }

  void pool_pixel(const tensor_view& in, std::int64_t row, std::int64_t column, float* to,
                  std::vector<const float*>& taps) const {
    const auto down = reach_of(0, row, rows_);
    const auto across = reach_of(1, column, columns_);
    const auto channel = out_.channels.begin - in.box.channels.begin;
    taps.clear();
    for (auto y = down.first; y < down.last; ++y)
      for (auto x = across.first; x < across.last; ++x)
        taps.push_back(
            in.pixel(down.start + y * win_.dilation[0], across.start + x * win_.dilation[1]) +
            channel);
    const auto n = out_.channels.size();
    const auto count = static_cast<std::int64_t>(taps.size());
    if (count == 0)  // LibTorch leaves such averages at zero and allows no such maxima
      std::fill_n(to, n, 0.0F);
    else if (is_max_)
      loops::maximum(to, taps.data(), count, n);
    else
      loops::average(to, taps.data(), count, divisor(down, across, count), n);
  }

  float divisor(const reach& down, const reach& across, std::int64_t count) const {
    if (win_.divisor_override != 0) return static_cast<float>(win_.divisor_override);
    return static_cast<float>(win_.count_include_pad ? down.padded * across.padded : count);
  }

  bool is_max_;
  window win_;
  std::int64_t rows_;
  std::int64_t columns_;
  region out_;
};

}  // namespace

std::shared_ptr<region_kernel> make_pool_kernel(const graph& g, op_id id, const region& out) {
  const auto& o = g.ops[id];
  return std::make_shared<pool_kernel>(o, g.values[o.inputs[0]], out);
}

}  // namespace bramble
