#pragma once

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <map>
#include <vector>

#include "config/base/files.hpp"
#include "model/graph/region.hpp"
#include "model/runtime/scalar_type.hpp"
#include "model/store/store.hpp"

namespace bramble::test {

/// Runs a stored graph op by op with LibTorch's own functions: slow, plain, and independent of the
/// runtime, to tell a wrong import from a wrong kernel.
class reference_executor {
 public:
  reference_executor(const model_store& store, const graph& g) : graph_{g} {
    for (const auto& w : g.weights) weights_.push_back(read(store, w));
  }

  std::vector<at::Tensor> run(const std::vector<at::Tensor>& inputs) {
    values_.clear();
    for (std::size_t i = 0; i < inputs.size(); ++i) values_[graph_.inputs.at(i)] = inputs[i];
    for (const auto& o : graph_.ops) {
      const auto results = run(o);
      for (std::size_t i = 0; i < o.outputs.size(); ++i) keep(o.outputs[i], results.at(i), o.name);
    }
    std::vector<at::Tensor> out;
    for (auto id : graph_.outputs) out.push_back(values_.at(id));
    return out;
  }

 private:
  static at::Tensor read(const model_store& store, const weight_info& w) {
    const auto bytes = read_file(store.blob_path(w.sha256));
    auto tensor = at::empty(w.shape, w.stored_as_half ? at::kHalf : scalar_type(w.type));
    if (tensor.nbytes() != bytes.size()) throw std::runtime_error("a blob has the wrong size");
    std::copy(bytes.begin(), bytes.end(), static_cast<std::uint8_t*>(tensor.data_ptr()));
    return tensor.to(scalar_type(w.type));
  }

  void keep(value_id id, const at::Tensor& tensor, const std::string& name) {
    const auto& info = graph_.values.at(id);
    if (tensor.sizes() != at::IntArrayRef{info.shape} ||
        tensor.scalar_type() != scalar_type(info.type))
      throw std::runtime_error(name + " made another shape or type than the graph says");
    values_[id] = tensor;
  }

  std::vector<at::Tensor> run(const op& o) {
    const auto& x = o.inputs.empty() ? none_ : values_.at(o.inputs[0]);
    const auto& win = o.win;
    switch (o.kind) {
      case op_kind::convolution:
        return {convolution(o, x)};
      case op_kind::max_pool:
        return {at::max_pool2d(x, win.kernel, win.stride, win.padding, win.dilation, hangs(o))};
      case op_kind::avg_pool:
        return {at::avg_pool2d(
            x, win.kernel, win.stride, win.padding, hangs(o), win.count_include_pad,
            win.divisor_override == 0 ? c10::optional<std::int64_t>{}
                                      : c10::optional<std::int64_t>{win.divisor_override})};
      case op_kind::concat: {
        std::vector<at::Tensor> parts;
        for (auto id : o.inputs) parts.push_back(values_.at(id));
        auto joined = at::cat(parts, 1);
        if (o.weights.size() == 2)
          joined = joined * weights_.at(o.weights[0]).reshape({-1, 1, 1}) +
                   weights_.at(o.weights[1]).reshape({-1, 1, 1});
        return {activated(joined, o.activation)};
      }
      case op_kind::transposed_convolution:
        return {transposed(o, x)};
      case op_kind::upsample:
        return {upsampled(o, x)};
      case op_kind::select:
        return {at::index_select(x, 1, at::tensor(o.channels, at::kLong))};
      case op_kind::per_pixel: {
        const auto map = x;  // `x` is about to change
        values_[o.inputs[0]] = map.permute({0, 2, 3, 1}).reshape({-1, map.size(1)});
        const auto y = call(o.call).at(0).reshape({1, map.size(2), map.size(3), -1});
        values_[o.inputs[0]] = map;
        return {y.permute({0, 3, 1, 2})};
      }
      case op_kind::product:
        return {product(o, x, values_.at(o.inputs[1]))};
      case op_kind::window_product:
        return {in_windows(o, x, values_.at(o.inputs[1]))};
      case op_kind::take:
        return {taken(o)};
      case op_kind::regroup:
      case op_kind::reshape:
        return {relabelled(x, graph_.values.at(o.outputs[0]))};
      case op_kind::elementwise:
        if (is_norm_by_maps(o.call)) return {normalised(o.call, x)};
        return call(o.call);
      default:
        return call(o.call);
    }
  }

  /// A batch norm whose mean and variance come from maps, not from training.
  static bool is_norm_by_maps(const registry_call& c) {
    return c.schema == "aten::batch_norm" && std::holds_alternative<value_ref>(c.arguments.at(3));
  }

  at::Tensor normalised(const registry_call& c, const at::Tensor& x) const {
    const auto of_map = [&](std::size_t i) {
      return values_.at(std::get<value_ref>(c.arguments.at(i)).id);
    };
    const auto of_channels = [&](std::size_t i, float otherwise) {
      const auto* w = std::get_if<weight_ref>(&c.arguments.at(i));
      return w == nullptr ? at::full({1}, otherwise) : weights_.at(w->id).reshape({-1, 1, 1});
    };
    const auto deviation = (of_map(4) + std::get<double>(c.arguments.at(7))).sqrt();
    return (x - of_map(3)) / deviation * of_channels(1, 1) + of_channels(2, 0);
  }

  /// A side of a product as blocks x heads x rows x elements.
  static at::Tensor side(const product_side& from, const matrix_product& p, const at::Tensor& map,
                         std::int64_t elements) {
    std::vector<at::Tensor> heads;
    for (std::int64_t head = 0; head < p.heads; ++head) {
      const auto first = from.first + from.step * head;
      const auto column = map.select(3, from.step == 0 ? head : 0).narrow(1, first, elements);
      heads.push_back(column[0].t().reshape({p.blocks, map.size(2) / p.blocks, elements}));
    }
    return at::stack(heads, 1);
  }

  at::Tensor product(const op& o, const at::Tensor& left, const at::Tensor& right) const {
    const auto& p = o.product;
    const auto& out = graph_.values.at(o.outputs[0]).shape;
    const auto width = p.joined ? out[1] / p.heads : out[1];
    const auto a = side(p.left, p, left, p.depth);
    const auto b = side(p.right, p, right, p.by_rows ? p.depth : width);
    const auto made = at::matmul(a, p.by_rows ? b.transpose(2, 3) : b) * p.scale;
    // Blocks x heads x rows x width.
    const auto rows = made.permute({0, 2, 1, 3}).reshape({out[2], p.heads, width});
    return p.joined ? rows.reshape({1, out[2], 1, out[1]}).permute({0, 3, 1, 2})
                    : rows.permute({2, 0, 1}).unsqueeze(0);
  }

  /// A map of H x W pixels as windows x elements x pixels of a window.
  static at::Tensor windows_of(const at::Tensor& map, const pixel_windows& w) {
    const auto rows = map.size(2) / w.rows, columns = map.size(3) / w.columns;
    return map.reshape({map.size(1), rows, w.rows, columns, w.columns})
        .permute({1, 3, 0, 2, 4})
        .reshape({rows * columns, map.size(1), w.rows * w.columns});
  }

  /// And back.
  static at::Tensor of_windows(const at::Tensor& t, const pixel_windows& w, std::int64_t rows,
                               std::int64_t columns) {
    return t.reshape({rows / w.rows, columns / w.columns, t.size(1), w.rows, w.columns})
        .permute({2, 0, 3, 1, 4})
        .reshape({1, t.size(1), rows, columns});
  }

  at::Tensor in_windows(const op& o, const at::Tensor& left, const at::Tensor& right) const {
    const auto& p = o.product;
    const auto rows = right.size(2), columns = right.size(3);
    const auto width = graph_.values.at(o.outputs[0]).shape[1] / (p.joined ? p.heads : 1);
    std::vector<at::Tensor> made;
    for (std::int64_t head = 0; head < p.heads; ++head) {
      const auto of = [&](const product_side& side, const at::Tensor& map, std::int64_t n) {
        return windows_of(map.narrow(1, side.first + side.step * head, n), o.windows);
      };
      if (p.by_rows) {
        const auto products =
            at::matmul(of(p.right, right, p.depth).transpose(1, 2), of(p.left, left, p.depth));
        made.push_back(of_windows(products, o.windows, rows, columns));
        continue;
      }
      const auto scores = left.reshape({1, p.depth, rows, columns, p.heads}).select(4, head);
      made.push_back(
          of_windows(at::matmul(of(p.right, right, width), windows_of(scores, o.windows)),
                     o.windows, rows, columns));
    }
    return p.scale * (p.joined ? at::cat(made, 1)
                               : at::stack(made, 4).reshape({1, width, rows, columns * p.heads}));
  }

  at::Tensor taken(const op& o) const {
    std::vector<at::Tensor> runs;
    for (const auto& run : o.taken.runs) {
      const auto from = run.source < o.inputs.size()
                            ? values_.at(o.inputs[run.source])
                            : weights_.at(o.weights[run.source - o.inputs.size()])
                                  .permute({2, 0, 1})
                                  .unsqueeze(0);
      runs.push_back(from.narrow(o.taken.columns ? 3 : 2, run.first, run.count));
    }
    return at::cat(runs, o.taken.columns ? 3 : 2);
  }

  at::Tensor transposed(const op& o, const at::Tensor& x) {
    const auto bias = o.weights.size() > 1 ? weights_.at(o.weights[1]) : at::Tensor{};
    const auto& out = graph_.values.at(o.outputs[0]).shape;
    std::vector<std::int64_t> more;
    for (std::int64_t i = 0; i < 2; ++i) {
      const auto axis = static_cast<std::size_t>(i);
      more.push_back(out[2 + axis] -
                     ((x.size(2 + i) - 1) * o.win.stride[axis] - 2 * o.win.padding[axis] +
                      (o.win.kernel[axis] - 1) * o.win.dilation[axis] + 1));
    }
    return at::conv_transpose2d(x, weights_.at(o.weights[0]), bias, o.win.stride, o.win.padding,
                                more, o.groups, o.win.dilation);
  }

  at::Tensor upsampled(const op& o, const at::Tensor& x) const {
    const auto& out = graph_.values.at(o.outputs[0]).shape;
    const std::vector<std::int64_t> size{out[2], out[3]};
    const double down = 1.0 / o.resize.scale[0], across = 1.0 / o.resize.scale[1];
    switch (o.resize.kind) {
      case resampling::kind_t::nearest:
        return at::upsample_nearest2d(x, size, down, across);
      case resampling::kind_t::nearest_exact:
        return at::_upsample_nearest_exact2d(x, size, down, across);
      default:
        return at::upsample_bilinear2d(x, size, o.resize.align_corners, down, across);
    }
  }

  /// Maps lie in memory with their channels last.
  static at::Tensor relabelled(const at::Tensor& x, const value_info& to) {
    const auto memory = x.dim() == 4 && x.size(0) == 1 ? x.permute({0, 2, 3, 1}) : x;
    if (!is_map(to)) return memory.reshape(to.shape);
    return memory.reshape({1, to.shape[2], to.shape[3], to.shape[1]}).permute({0, 3, 1, 2});
  }

  at::Tensor convolution(const op& o, const at::Tensor& x) {
    const auto bias = o.weights.size() > 1 ? weights_.at(o.weights[1]) : at::Tensor{};
    auto y = at::conv2d(x, weights_.at(o.weights[0]), bias, o.win.stride, o.win.padding,
                        o.win.dilation, o.groups);
    if (o.inputs.size() > 1) y = y + values_.at(o.inputs[1]);
    return activated(y, o.activation);
  }

  static at::Tensor activated(const at::Tensor& x, const fused_activation& activation) {
    switch (activation.kind) {
      case fused_activation::kind_t::relu:
        return x.relu();
      case fused_activation::kind_t::clip:
        return x.clamp(activation.low, activation.high);
      default:
        return x;
    }
  }

  /// Whether the last window hangs over the edge: ceil_mode.
  bool hangs(const op& o) const {
    const auto& in = graph_.values.at(o.inputs[0]).shape;
    const auto& out = graph_.values.at(o.outputs[0]).shape;
    for (std::size_t axis = 0; axis < 2; ++axis) {
      const auto room = in[2 + axis] + 2 * o.win.padding[axis] -
                        ((o.win.kernel[axis] - 1) * o.win.dilation[axis] + 1);
      if (out[2 + axis] > room / o.win.stride[axis] + 1) return true;
    }
    return false;
  }

  std::vector<at::Tensor> call(const registry_call& c) {
    const auto handle =
        c10::Dispatcher::singleton().findSchemaOrThrow(c.schema.c_str(), c.overload.c_str());
    const auto& expected = handle.schema().arguments();
    torch::jit::Stack stack;
    for (std::size_t i = 0; i < c.arguments.size(); ++i)
      stack.push_back(value_of(c.arguments[i], expected.at(i)));
    handle.callBoxed(stack);
    std::vector<at::Tensor> out;
    for (const auto& result : stack) {
      if (result.isTensor()) out.push_back(result.toTensor());
      if (result.isTensorList())
        for (const auto& item : result.toTensorVector()) out.push_back(item);
    }
    return out;
  }

  c10::IValue value_of(const argument& arg, const c10::Argument& expected) {
    if (std::holds_alternative<nothing>(arg)) return {};
    if (const auto* v = std::get_if<value_ref>(&arg)) return values_.at(v->id);
    if (const auto* w = std::get_if<weight_ref>(&arg)) return weights_.at(w->id);
    if (const auto* i = std::get_if<std::int64_t>(&arg)) return *i;
    if (const auto* d = std::get_if<double>(&arg)) return *d;
    if (const auto* b = std::get_if<bool>(&arg)) return *b;
    if (const auto* v = std::get_if<std::vector<std::int64_t>>(&arg)) return *v;
    if (const auto* v = std::get_if<std::vector<double>>(&arg)) return *v;
    if (const auto* s = std::get_if<std::string>(&arg)) {
      if (expected.type()->str().find("Device") != std::string::npos) return c10::Device(*s);
      return *s;
    }
    const auto element = expected.type()->cast<c10::ListType>();
    if (element && element->getElementType()->cast<c10::OptionalType>())
      return optional_list(std::get<tensor_list>(arg));
    c10::List<at::Tensor> list;
    for (const auto& item : std::get<tensor_list>(arg).items) {
      if (const auto* v = std::get_if<value_ref>(&item)) list.push_back(values_.at(v->id));
      if (const auto* w = std::get_if<weight_ref>(&item)) list.push_back(weights_.at(w->id));
    }
    return list;
  }

  /// Of an index, where an axis may be left out.
  c10::List<c10::optional<at::Tensor>> optional_list(const tensor_list& items) {
    c10::List<c10::optional<at::Tensor>> list;
    for (const auto& item : items.items) {
      if (const auto* v = std::get_if<value_ref>(&item))
        list.push_back(values_.at(v->id));
      else if (const auto* w = std::get_if<weight_ref>(&item))
        list.push_back(weights_.at(w->id));
      else
        list.push_back(c10::nullopt);
    }
    return list;
  }

  const graph& graph_;
  std::vector<at::Tensor> weights_;
  std::map<value_id, at::Tensor> values_;
  at::Tensor none_;
};

}  // namespace bramble::test
