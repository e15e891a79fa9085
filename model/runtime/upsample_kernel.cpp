#include "model/runtime/upsample_kernel.hpp"

#include <algorithm>

#include "model/graph/resampling.hpp"
#include "model/runtime/threads.hpp"
#include "model/runtime/vector_loops.hpp"

namespace bramble {
namespace {

class upsample_kernel : public region_kernel {
 public:
  upsample_kernel(const op& o, const value_info& in, const region& out)
      : is_bilinear_{o.resize.kind == resampling::kind_t::bilinear}, out_{out} {
    for (auto row = out.rows.begin; row < out.rows.end; ++row)
      rows_.push_back(source_of(o.resize, 0, row, in.shape[2]));
    for (auto column = out.columns.begin; column < out.columns.end; ++column)
      columns_.push_back(source_of(o.resize, 1, column, in.shape[3]));
  }

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    const auto work = out_.columns.size() * out_.channels.size() * (is_bilinear_ ? 4 : 1);
    parallel_rows(out_.rows.size(), work, [&](std::int64_t begin, std::int64_t end) {
      for (auto row = begin; row < end; ++row)
        for (std::int64_t column = 0; column < out_.columns.size(); ++column)
          make_pixel(inputs[0], rows_[static_cast<std::size_t>(row)],
                     columns_[static_cast<std::size_t>(column)],
                     out.pixel(out_.rows.begin + row, out_.columns.begin + column));
    });
  }

 private:
  void make_pixel(const tensor_view& in, const source_pixels& down, const source_pixels& across,
                  float* to) const {
    const auto n = out_.channels.size();
    const auto at = [&](std::int64_t row, std::int64_t column) {
      return in.pixel(row, column) + (out_.channels.begin - in.box.channels.begin);
    };
    if (!is_bilinear_) {
      std::copy_n(at(down.first, across.first), n, to);
      return;
    }
    const float* corners[4] = {at(down.first, across.first), at(down.first, across.second),
                               at(down.second, across.first), at(down.second, across.second)};
    loops::blend(to, corners, down.weight, across.weight, n);
  }

  bool is_bilinear_;
  region out_;
  std::vector<source_pixels> rows_;  // by row of the region
  std::vector<source_pixels> columns_;
};

}  // namespace

std::shared_ptr<region_kernel> make_upsample_kernel(const graph& g, op_id id, const region& out) {
  const auto& o = g.ops[id];
  return std::make_shared<upsample_kernel>(o, g.values[o.inputs[0]], out);
}

}  // namespace bramble
