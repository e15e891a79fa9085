#include "model/runtime/matrix_kernel.hpp"

#include <ATen/ops/addmm.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "config/defaults_products.hpp"
#include "model/graph/token_regions.hpp"
#include "model/runtime/aten_tensors.hpp"
#include "model/runtime/threads.hpp"

namespace bramble {
namespace {

class matrix_kernel : public region_kernel {
 public:
  matrix_kernel(const graph& g, op_id id, const region& out)
      : g_{g},
        id_{id},
        product_{g.ops[id].product},
        out_{out},
        heads_{product_heads(g, g.ops[id], out)},
        width_{product_width(g, g.ops[id])},
        left_rows_{g.values[g.ops[id].outputs[0]].shape[2] / product_.blocks},
        right_rows_{g.values[g.ops[id].inputs[1]].shape[2] / product_.blocks} {
    const auto grain = defaults::product_row_grain;
    const auto most = defaults::product_macs_at_once / (product_.depth * width_);
    const auto rows_at_once = std::max(grain, most / grain * grain);
    for (auto row = out.rows.begin; row < out.rows.end;) {
      const auto block = row / left_rows_;
      const auto within = row - block * left_rows_;
      const auto end = std::min(
          {(block + 1) * left_rows_, out.rows.end, row + rows_at_once - within % rows_at_once});
      for (auto head = heads_.begin; head < heads_.end; ++head)
        calls_.push_back({block, head, {row, end}});
      row = end;
    }
  }

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    const auto count = static_cast<std::int64_t>(calls_.size());
    naming_op(g_, id_, [&] {
      parallel_rows(count, out_.elements() * product_.depth / count,
                    [&](std::int64_t begin, std::int64_t end) {
                      const c10::InferenceMode no_gradients;  // of this thread
                      for (auto i = begin; i < end; ++i)
                        multiply(inputs, out, calls_[static_cast<std::size_t>(i)]);
                    });
    });
  }

 private:
  struct call {
    std::int64_t block;
    std::int64_t head;
    interval rows;
  };

  /// A head's rows of a side: so many elements from `element` on.
  static at::Tensor matrix(const tensor_view& view, const product_side& side, std::int64_t head,
                           interval rows, interval elements) {
    const auto column = side.step == 0 ? head : 0;
    const auto channel = side.first + side.step * head + elements.begin;
    auto* data = view.pixel(rows.begin, column) + (channel - view.box.channels.begin);
    return at::from_blob(data, {rows.size(), elements.size()}, {view.row_stride, 1}, at::kFloat);
  }

  /// What the region has of a head's own channels: at either end of it, a part.
  interval channels_of(std::int64_t head) const {
    if (!product_.joined) return out_.channels;
    const auto first = head * width_;
    const auto mine = intersect(out_.channels, {first, first + width_});
    return {mine.begin - first, mine.end - first};
  }

  void multiply(std::span<const tensor_view> inputs, const tensor_view& out,
                const call& part) const {
    const auto& [block, head, rows] = part;
    const auto mine = channels_of(head);
    const auto behind = block * right_rows_;
    const interval all{0, product_.depth};
    const auto left = matrix(inputs[0], product_.left, head, rows, all);
    const auto right =
        product_.by_rows
            ? matrix(inputs[1], product_.right, head, {behind + mine.begin, behind + mine.end}, all)
                  .t()
            : matrix(inputs[1], product_.right, head, {behind, behind + right_rows_}, mine);
    const product_side made{0, product_.joined ? width_ : 0};
    auto to = matrix(out, made, head, rows, mine);
    at::addmm_out(to, to, left, right, 0, product_.scale);
  }

  const graph& g_;
  op_id id_;
  const matrix_product& product_;
  region out_;
  interval heads_;
  std::int64_t width_;
  std::int64_t left_rows_;  // of a block
  std::int64_t right_rows_;
  std::vector<call> calls_;
};

}  // namespace

std::shared_ptr<region_kernel> make_matrix_kernel(const graph& g, op_id id, const region& out) {
  return std::make_shared<matrix_kernel>(g, id, out);
}

}  // namespace bramble
