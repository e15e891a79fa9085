#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>

#include "model/import/lift.hpp"

namespace bramble {
namespace {

using torch::jit::Node;
using of_t = axis_part::of_t;

bool is_single(const std::vector<axis_part>& axis, of_t of, std::int64_t stride) {
  return axis.size() == 1 && axis[0].of == of && axis[0].stride == stride;
}

/// A matrix of a batch as a product reads it: rows of a map by channels of a head.
struct matrix_in_map {
  placed_tensor tensor;
  std::int64_t blocks = 1, heads = 1;
  std::int64_t rows = 1, channels = 1;
  product_side side;
  std::vector<of_t> batch_order;  // blocks are rows, heads are channels or columns
};

std::int64_t part_size(const std::vector<axis_part>& axis) {
  return axis.empty() ? 1 : axis[0].size;
}

/// `row_axis` and `channel_axis` are those of the matrix, all others count the batch.
std::optional<matrix_in_map> read_matrix(const graph_builder& builder, placed_tensor tensor,
                                         std::size_t row_axis, std::size_t channel_axis) {
  const auto& map = builder.shape(tensor.map);
  const auto& axes = tensor.how.axes;
  matrix_in_map out;
  out.rows = part_size(axes[row_axis]);
  out.channels = part_size(axes[channel_axis]);
  if (out.rows > 1 && !is_single(axes[row_axis], of_t::rows, 1)) return {};
  if (out.channels > 1 && !is_single(axes[channel_axis], of_t::channels, 1)) return {};
  bool heads_in_columns = false;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (i == row_axis || i == channel_axis) continue;
    for (const auto& part : axes[i]) {
      const bool is_block = part.of == of_t::rows;
      if (is_block ? part.stride != out.rows || out.blocks != 1 : out.heads != 1) return {};
      if (part.of == of_t::columns && part.stride != 1) return {};
      (is_block ? out.blocks : out.heads) = part.size;
      if (part.of == of_t::channels) out.side.step = part.stride;
      heads_in_columns = heads_in_columns || part.of == of_t::columns;
      out.batch_order.push_back(is_block ? of_t::rows : of_t::channels);
    }
  }
  if (map[2] != out.blocks * out.rows || map[3] != (heads_in_columns ? out.heads : 1)) return {};
  out.side.first = tensor.how.first_channel;
  out.tensor = std::move(tensor);
  return out;
}

/// Where the batch's elements lie in the product's output.
std::vector<axis_part> batch_axis(const std::vector<axis_part>& of_left, const matrix_in_map& left,
                                  std::int64_t width, bool joined) {
  std::vector<axis_part> out;
  for (const auto& part : of_left) {
    if (part.of == of_t::rows)
      out.push_back({of_t::rows, left.rows, part.size});
    else if (joined)
      out.push_back({of_t::channels, width, part.size});
    else
      out.push_back({of_t::columns, 1, part.size});
  }
  return out;
}

class product_lift {
 public:
  product_lift(const Node* node, graph_builder& builder, placed_tensor a, placed_tensor b)
      : node_{node}, builder_{builder}, a_{std::move(a)}, b_{std::move(b)} {}

  /// As it stands, or all of it transposed: the left side's rows become the output's.
  bool run() { return make(a_, b_, false) || make(b_, a_, true); }

 private:
  bool make(const placed_tensor& a, const placed_tensor& b, bool turned) {
    const auto rank = a.how.axes.size();
    const auto row = turned ? rank - 1 : rank - 2, depth = turned ? rank - 2 : rank - 1;
    const auto left = read_matrix(builder_, a, row, depth);
    if (!left) return false;
    // Of the right side the summed axis is a row of the matrix or a channel.
    const auto summed = row, kept = depth;
    auto right = read_matrix(builder_, b, kept, summed);
    const bool by_rows = right.has_value();
    if (!right) right = read_matrix(builder_, b, summed, kept);
    if (!right || right->blocks != left->blocks || right->heads != left->heads ||
        right->batch_order != left->batch_order)
      return false;
    emit(*left, *right, by_rows, turned);
    return true;
  }

  void emit(const matrix_in_map& left, const matrix_in_map& right, bool by_rows, bool turned) {
    const auto width = by_rows ? right.rows : right.channels;
    op o;
    o.kind = op_kind::product;
    o.name = builder_.next_name(by_rows ? "scores" : "product");
    o.inputs = {left.tensor.map, right.tensor.map};
    o.product.blocks = left.blocks;
    o.product.heads = left.heads;
    o.product.depth = left.channels;
    o.product.left = left.side;
    o.product.right = right.side;
    o.product.by_rows = by_rows;
    o.product.joined = !by_rows;
    const auto joined = o.product.joined;
    const auto channels = joined ? width * left.heads : width;
    const auto made = builder_.append(
        std::move(o), {1, channels, left.blocks * left.rows, joined ? 1 : left.heads});
    arrangement how;
    const auto rank = left.tensor.how.axes.size();
    for (std::size_t i = 0; i + 2 < rank; ++i)
      how.axes.push_back(batch_axis(left.tensor.how.axes[i], left, width, joined));
    how.axes.resize(rank);
    auto& rows = how.axes[turned ? rank - 1 : rank - 2];
    auto& columns = how.axes[turned ? rank - 2 : rank - 1];
    if (left.rows > 1) rows = {{of_t::rows, 1, left.rows}};
    if (width > 1) columns = {{of_t::channels, 1, width}};
    carry_placed(builder_, node_->output(), {made, std::move(how)});
  }

  const Node* node_;
  graph_builder& builder_;
  placed_tensor a_, b_;
};

/// Pixels of a photo as rows where attention looks at all of them; heads that are columns stay.
placed_tensor with_rows_of_pixels(graph_builder& builder, const placed_tensor& tensor) {
  const auto& axes = tensor.how.axes;
  const auto mixes = [](const std::vector<axis_part>& axis) {
    return axis.size() == 2 && axis[0].of == of_t::rows && axis[1].of == of_t::columns;
  };
  return std::any_of(axes.begin(), axes.end(), mixes) ? in_rows(builder, tensor) : tensor;
}

}  // namespace

bool lift_product(const Node* node, graph_builder& builder) {
  if (!is_op(node, "aten::matmul") && !is_op(node, "aten::bmm") && !is_op(node, "aten::mm"))
    return false;
  const auto a = placed(builder, node->input(0)), b = placed(builder, node->input(1));
  if (!a || !b || a->how.axes.size() != b->how.axes.size() || a->how.axes.size() < 2) return false;
  return product_lift{node, builder, with_rows_of_pixels(builder, *a),
                      with_rows_of_pixels(builder, *b)}
      .run();
}

}  // namespace bramble
