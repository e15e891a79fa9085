#include <ATen/core/Tensor.h>

#include "model/import/lift.hpp"

// Products of matrices whose rows are the pixels of a window.
namespace bramble {
namespace {

using torch::jit::Node;
using of_t = axis_part::of_t;

/// What the elements of a batch are: heads, and windows of a column or a row of them.
struct batch_part {
  enum class of_windows : std::uint8_t { rows, columns, heads } of = of_windows::heads;
  std::size_t axis = 0;
  std::int64_t size = 1;

  friend bool operator==(const batch_part&, const batch_part&) = default;
};
using batch_of = batch_part::of_windows;

struct matrix_in_windows {
  placed_tensor tensor;
  pixel_windows windows;
  std::int64_t heads = 1, channels = 1;
  product_side side;
  std::vector<batch_part> batch;
};

class window_reader {
 public:
  /// `pixel_axis` and `channel_axis` are those of the matrix, all others count the batch. Of scores
  /// the heads are columns.
  window_reader(const placed_tensor& tensor, std::size_t pixel_axis, std::size_t channel_axis,
                bool scores)
      : pixel_axis_{pixel_axis}, channel_axis_{channel_axis}, scores_{scores} {
    out_.tensor = tensor;
    out_.side.first = tensor.how.first_channel;
  }

  std::optional<matrix_in_windows> run(const map_shape& map) {
    if (!read_pixels() || !read_channels()) return {};
    const auto& axes = out_.tensor.how.axes;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      if (i == pixel_axis_ || i == channel_axis_) continue;
      for (const auto& part : axes[i])
        if (!read_batch(i, part)) return {};
    }
    const bool covers =
        map[2] == out_.windows.rows * down_ && map[3] == out_.windows.columns * across_ * step_;
    // One window is all of a map, whose pixels are better taken as rows.
    if (!covers || down_ * across_ == 1) return {};
    if (scores_ && (out_.heads != step_ || out_.channels != map[1] || out_.side.first != 0))
      return {};
    return out_;
  }

 private:
  bool read_pixels() {
    const auto& parts = out_.tensor.how.axes[pixel_axis_];
    if (parts.size() != 2 || parts[0].of != of_t::rows || parts[0].stride != 1 ||
        parts[1].of != of_t::columns || (!scores_ && parts[1].stride != 1))
      return false;
    out_.windows = {parts[0].size, parts[1].size};
    step_ = parts[1].stride;
    return true;
  }

  bool read_channels() {
    const auto& parts = out_.tensor.how.axes[channel_axis_];
    if (parts.empty()) return true;
    if (parts.size() != 1 || parts[0].of != of_t::channels || parts[0].stride != 1) return false;
    out_.channels = parts[0].size;
    return true;
  }

  bool read_batch(std::size_t axis, const axis_part& part) {
    const bool is_head = scores_ ? part.of == of_t::columns && part.stride == 1 && step_ > 1
                                 : part.of == of_t::channels;
    const auto of = is_head                 ? batch_of::heads
                    : part.of == of_t::rows ? batch_of::rows
                                            : batch_of::columns;
    if (!is_head && part.of == of_t::channels) return false;
    auto& count = of == batch_of::heads ? out_.heads : of == batch_of::rows ? down_ : across_;
    if (count != 1) return false;
    count = part.size;
    if (of == batch_of::heads && !scores_) out_.side.step = part.stride;
    if (of == batch_of::rows && part.stride != out_.windows.rows) return false;
    if (of == batch_of::columns && part.stride != out_.windows.columns * step_) return false;
    out_.batch.push_back({of, axis, part.size});
    return true;
  }

  std::size_t pixel_axis_, channel_axis_;
  bool scores_;
  matrix_in_windows out_;
  std::int64_t step_ = 1;               // columns from a pixel to the next
  std::int64_t down_ = 1, across_ = 1;  // windows
};

std::optional<matrix_in_windows> read_in_windows(const graph_builder& builder,
                                                 const placed_tensor& tensor,
                                                 std::size_t pixel_axis, std::size_t channel_axis,
                                                 bool scores) {
  return window_reader{tensor, pixel_axis, channel_axis, scores}.run(builder.shape(tensor.map));
}

bool sides_fit(const matrix_in_windows& left, const matrix_in_windows& right) {
  return left.windows.rows == right.windows.rows && left.windows.columns == right.windows.columns &&
         left.heads == right.heads && left.batch == right.batch;
}

/// Where the tensor of scores, or of sums, lies in its map.
arrangement made_in(const matrix_in_windows& left, std::int64_t width, bool scores) {
  const auto& w = left.windows;
  const auto step = scores ? left.heads : 1;
  arrangement how;
  const auto rank = left.tensor.how.axes.size();
  how.axes.resize(rank);
  for (const auto& part : left.batch) {
    auto& axis = how.axes[part.axis];
    if (part.of == batch_of::rows)
      axis.push_back({of_t::rows, w.rows, part.size});
    else if (part.of == batch_of::columns)
      axis.push_back({of_t::columns, w.columns * step, part.size});
    else if (scores)
      axis.push_back({of_t::columns, 1, part.size});
    else
      axis.push_back({of_t::channels, width, part.size});
  }
  how.axes[rank - 2] = {{of_t::rows, 1, w.rows}, {of_t::columns, step, w.columns}};
  if (width > 1) how.axes[rank - 1] = {{of_t::channels, 1, width}};
  return how;
}

void emit_product(const Node* node, graph_builder& builder, const matrix_in_windows& left,
                  const matrix_in_windows& right, bool scores) {
  const auto& map = builder.shape(right.tensor.map);
  const auto rows = map[2], columns = map[3];
  const auto width = scores ? left.windows.rows * left.windows.columns : right.channels;
  op o;
  o.kind = op_kind::window_product;
  o.name = builder.next_name(scores ? "window scores" : "window product");
  o.inputs = {left.tensor.map, right.tensor.map};
  o.product.heads = left.heads;
  o.product.depth = left.channels;
  if (scores) o.product.left = left.side;
  o.product.right = right.side;
  o.product.by_rows = scores;
  o.product.joined = !scores;
  o.windows = left.windows;
  const auto made =
      builder.append(std::move(o), scores ? map_shape{1, width, rows, columns * left.heads}
                                          : map_shape{1, width * left.heads, rows, columns});
  carry_placed(builder, node->output(), {made, made_in(left, width, scores)});
}

}  // namespace

bool lift_window_product(const Node* node, graph_builder& builder) {
  if (!builder.cuts_windows || (!is_op(node, "aten::matmul") && !is_op(node, "aten::bmm")))
    return false;
  const auto a = placed(builder, node->input(0)), b = placed(builder, node->input(1));
  if (!a || !b) return false;
  const auto rank = a->how.axes.size();
  if (rank != b->how.axes.size() || rank < 3) return false;
  for (const bool scores : {true, false}) {
    const auto left = read_in_windows(builder, *a, rank - 2, rank - 1, !scores);
    // Its pixels are what is summed over, or else its channels.
    const auto right = read_in_windows(builder, *b, scores ? rank - 1 : rank - 2,
                                       scores ? rank - 2 : rank - 1, false);
    if (!left || !right || !sides_fit(*left, *right)) continue;
    if (scores && left->channels != right->channels) continue;
    emit_product(node, builder, *left, *right, scores);
    return true;
  }
  return false;
}

}  // namespace bramble
