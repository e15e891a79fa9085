#pragma once

#include <string>
#include <vector>

#include "model/graph/graph.hpp"

namespace bramble::test {

/// Builds graphs by hand, op by op; every call returns the value it makes. Weights have shapes but
/// no content: their names are not hashes of anything.
class graph_kit {
 public:
  explicit graph_kit(std::string name) { g_.name = std::move(name); }

  value_id input(std::vector<std::int64_t> shape) {
    const auto id = value(std::move(shape), no_id);
    g_.inputs.push_back(id);
    return id;
  }

  /// A convolution whose output size follows from its window. `residual` is added when given.
  value_id conv(value_id x, std::int64_t channels, const window& win, std::int64_t groups = 1,
                value_id residual = no_id) {
    op o;
    o.kind = op_kind::convolution;
    o.name = "conv " + std::to_string(win.kernel[0]) + "x" + std::to_string(win.kernel[1]);
    o.inputs = {x};
    if (residual != no_id) o.inputs.push_back(residual);
    o.win = win;
    o.groups = groups;
    o.activation.kind = fused_activation::kind_t::relu;
    o.weights = {weight({channels, g_.values[x].shape[1] / groups, win.kernel[0], win.kernel[1]}),
                 weight({channels})};
    return add(std::move(o), {1, channels, size(x, win, 0), size(x, win, 1)});
  }

  value_id pool(value_id x, op_kind kind, const window& win) {
    op o;
    o.kind = kind;
    o.name = name_of(kind);
    o.inputs = {x};
    o.win = win;
    return add(std::move(o), {1, g_.values[x].shape[1], size(x, win, 0), size(x, win, 1)});
  }

  /// `more` is what LibTorch calls output padding.
  value_id transposed(value_id x, std::int64_t channels, const window& win, std::int64_t groups = 1,
                      std::array<std::int64_t, 2> more = {0, 0}) {
    op o;
    o.kind = op_kind::transposed_convolution;
    o.name = "transposed";
    o.inputs = {x};
    o.win = win;
    o.groups = groups;
    o.weights = {weight({g_.values[x].shape[1], channels / groups, win.kernel[0], win.kernel[1]}),
                 weight({channels})};
    return add(std::move(o), {1, channels, transposed_size(x, win, 0) + more[0],
                              transposed_size(x, win, 1) + more[1]});
  }

  value_id upsample(value_id x, const resampling& how, std::int64_t rows, std::int64_t columns) {
    op o;
    o.kind = op_kind::upsample;
    o.name = "upsample";
    o.inputs = {x};
    o.resize = how;
    return add(std::move(o), {1, g_.values[x].shape[1], rows, columns});
  }

  value_id select(value_id x, std::vector<std::int64_t> channels) {
    op o;
    o.kind = op_kind::select;
    o.name = "select";
    o.inputs = {x};
    o.channels = std::move(channels);
    auto shape = g_.values[x].shape;
    shape[1] = static_cast<std::int64_t>(o.channels.size());
    return add(std::move(o), std::move(shape));
  }

  /// Softmax over the channels of each pixel.
  value_id per_pixel(value_id x) {
    op o;
    o.kind = op_kind::per_pixel;
    o.name = "softmax";
    o.inputs = {x};
    o.call = {"aten::softmax", "int", {value_ref{x}, std::int64_t{1}, nothing{}}};
    return add(std::move(o), g_.values[x].shape);
  }

  value_id reshape(value_id x, std::vector<std::int64_t> shape) {
    op o;
    o.kind = op_kind::reshape;
    o.name = "reshape";
    o.inputs = {x};
    return add(std::move(o), std::move(shape));
  }

  value_id concat(const std::vector<value_id>& parts) {
    op o;
    o.kind = op_kind::concat;
    o.name = "concat";
    o.inputs = parts;
    auto shape = g_.values[parts[0]].shape;
    shape[1] = 0;
    for (auto part : parts) shape[1] += g_.values[part].shape[1];
    return add(std::move(o), shape);
  }

  value_id sum(value_id a, value_id b) {
    op o;
    o.kind = op_kind::elementwise;
    o.name = "add";
    o.inputs = {a, b};
    o.call = {"aten::add", "Tensor", {value_ref{a}, value_ref{b}, std::int64_t{1}}};
    return add(std::move(o), g_.values[a].shape);
  }

  value_id product(value_id left, value_id right, const matrix_product& how) {
    op o;
    o.kind = op_kind::product;
    o.name = "product";
    o.inputs = {left, right};
    o.product = how;
    const auto rows = g_.values[left].shape[2];
    const auto width = how.by_rows
                           ? g_.values[right].shape[2] / how.blocks
                           : (how.right.step > 0 ? how.right.step : g_.values[right].shape[1]);
    return add(std::move(o), how.joined ? std::vector<std::int64_t>{1, width * how.heads, rows, 1}
                                        : std::vector<std::int64_t>{1, width, rows, how.heads});
  }

  value_id window_product(value_id left, value_id right, const matrix_product& how,
                          const pixel_windows& windows) {
    op o;
    o.kind = op_kind::window_product;
    o.name = "window product";
    o.inputs = {left, right};
    o.product = how;
    o.windows = windows;
    const auto in = g_.values[right].shape;
    return add(
        std::move(o),
        how.by_rows
            ? std::vector<std::int64_t>{1, windows.rows * windows.columns, in[2], in[3] * how.heads}
            : std::vector<std::int64_t>{1, how.right.step * how.heads, in[2], in[3]});
  }

  /// Runs of sources beyond the only input are those of one constant of as many rows, or columns.
  value_id take(value_id x, const taken_rows& taken, std::int64_t constant) {
    op o;
    o.kind = op_kind::take;
    o.name = "take";
    o.inputs = {x};
    o.taken = taken;
    auto shape = g_.values[x].shape;
    if (constant > 0)
      o.weights = {weight(taken.columns ? std::vector{shape[2], constant, shape[1]}
                                        : std::vector{constant, shape[3], shape[1]})};
    auto& size = shape[taken.columns ? 3 : 2];
    size = 0;
    for (const auto& run : taken.runs) size += run.count;
    return add(std::move(o), std::move(shape));
  }

  /// Rows or columns shifted around the map's edge, as two sources of one map.
  value_id roll(value_id x, bool columns, std::int64_t first) {
    op o;
    o.kind = op_kind::take;
    o.name = "roll";
    o.inputs = {x, x};
    const auto shape = g_.values[x].shape;
    o.taken = {columns, {{0, first, shape[columns ? 3 : 2] - first}, {1, 0, first}}};
    return add(std::move(o), shape);
  }

  value_id regroup(value_id x, std::int64_t rows) {
    op o;
    o.kind = op_kind::regroup;
    o.name = "regroup";
    o.inputs = {x};
    const auto& shape = g_.values[x].shape;
    return add(std::move(o), {1, shape[1], rows, shape[2] * shape[3] / rows});
  }

  value_id atom(const std::string& schema, const std::vector<value_id>& inputs,
                std::vector<std::int64_t> shape, std::vector<std::int64_t> weight_shape = {}) {
    op o;
    o.kind = op_kind::atom;
    o.name = schema;
    o.inputs = inputs;
    o.call.schema = schema;
    for (auto id : inputs) o.call.arguments.emplace_back(value_ref{id});
    if (!weight_shape.empty()) {
      o.weights = {weight(std::move(weight_shape))};
      o.call.arguments.emplace_back(weight_ref{o.weights[0]});
    }
    return add(std::move(o), std::move(shape));
  }

  const std::vector<std::int64_t>& shape(value_id id) const { return g_.values[id].shape; }

  std::int64_t transposed_size(value_id x, const window& win, std::size_t axis) const {
    return (g_.values[x].shape[2 + axis] - 1) * win.stride[axis] - 2 * win.padding[axis] +
           (win.kernel[axis] - 1) * win.dilation[axis] + 1;
  }

  /// True when a window of this form fits on the map at all.
  bool fits(value_id x, const window& win) const {
    return size(x, win, 0) >= 1 && size(x, win, 1) >= 1;
  }

  graph finish(std::vector<value_id> outputs) {
    g_.outputs = std::move(outputs);
    validate(g_, "the test's graph");
    return std::move(g_);
  }

 private:
  value_id value(std::vector<std::int64_t> shape, op_id producer) {
    g_.values.push_back({std::move(shape), element_type::f32, producer});
    return static_cast<value_id>(g_.values.size() - 1);
  }

  weight_id weight(std::vector<std::int64_t> shape) {
    g_.weights.push_back({std::move(shape), element_type::f32, std::string(64, '0')});
    return static_cast<weight_id>(g_.weights.size() - 1);
  }

  value_id add(op o, std::vector<std::int64_t> shape) {
    const auto id = value(std::move(shape), static_cast<op_id>(g_.ops.size()));
    o.outputs = {id};
    g_.ops.push_back(std::move(o));
    return id;
  }

  std::int64_t size(value_id x, const window& win, std::size_t axis) const {
    const auto room = g_.values[x].shape[2 + axis] + 2 * win.padding[axis] -
                      ((win.kernel[axis] - 1) * win.dilation[axis] + 1);
    return room < 0 ? 0 : room / win.stride[axis] + 1;
  }

  graph g_;
};

/// A square window; padding may differ by axis through `window` itself.
inline window square(std::int64_t kernel, std::int64_t stride = 1, std::int64_t padding = 0) {
  return {{kernel, kernel}, {stride, stride}, {padding, padding}};
}

}  // namespace bramble::test
