#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>

#include "model/import/lift.hpp"

namespace bramble {
namespace {

using torch::jit::Node;
using torch::jit::Value;
using of_t = axis_part::of_t;

/// An axis that is one part of the map's rows: `outer` times all of it, each of its elements
/// `inner` rows.
struct row_axis {
  std::int64_t outer = 1;
  std::int64_t inner = 1;
  std::int64_t size = 1;
};

std::optional<row_axis> row_axis_of(const arrangement& how, std::size_t axis, std::int64_t rows) {
  const auto& parts = how.axes[axis];
  if (parts.size() != 1 || parts[0].of != of_t::rows) return {};
  const auto all = parts[0].stride * parts[0].size;
  return row_axis{rows / all, parts[0].stride, parts[0].size};
}

/// The same with another number of elements along that axis.
arrangement with_size(const arrangement& how, std::size_t axis, const row_axis& before,
                      std::int64_t size) {
  auto out = how;
  const auto all = before.inner * before.size;
  for (auto& parts : out.axes)
    for (auto& part : parts)
      if (part.of == of_t::rows && part.stride >= all)
        part.stride = part.stride / all * before.inner * size;
  out.axes[axis] = {{of_t::rows, before.inner, size}};
  if (size == 1) out.axes[axis].clear();
  return out;
}

void add_run(std::vector<taken_run>& runs, const taken_run& next) {
  if (!runs.empty() && runs.back().source == next.source &&
      runs.back().first + runs.back().count == next.first)
    runs.back().count += next.count;
  else
    runs.push_back(next);
}

/// Chosen elements of an axis of rows.
bool take_some(const Node* node, graph_builder& builder, std::size_t axis,
               const std::vector<std::int64_t>& chosen, bool drops_axis) {
  auto from = *placed(builder, node->input(0));
  if (builder.shape(from.map)[3] != 1 && from.how.axes[axis].size() > 1)
    from = in_rows(builder, from);
  auto shape = builder.shape(from.map);
  const auto rows = row_axis_of(from.how, axis, shape[2]);
  if (!rows || chosen.empty()) return false;
  op o;
  o.kind = op_kind::take;
  o.name = builder.next_name("take") + " " + std::to_string(chosen.size());
  o.inputs = {from.map};
  for (std::int64_t outer = 0; outer < rows->outer; ++outer)
    for (auto i : chosen)
      add_run(o.taken.runs, {0, (outer * rows->size + i) * rows->inner, rows->inner});
  const auto count = static_cast<std::int64_t>(chosen.size());
  auto how = with_size(from.how, axis, *rows, count);
  if (drops_axis) how = without_axis(how, axis);
  shape[2] = shape[2] / rows->size * count;
  const auto made = builder.append(std::move(o), std::move(shape));
  carry_placed(builder, node->output(), {made, std::move(how)});
  return true;
}

/// Which elements of an axis are taken; false where the node takes none or nobody knows which.
struct taken_elements {
  std::size_t axis = 0;
  std::vector<std::int64_t> chosen;
  bool drops_axis = false;
};

std::optional<taken_elements> elements_of(const Node* node, const std::vector<std::int64_t>& from,
                                          const std::vector<std::int64_t>& to) {
  const bool one = is_op(node, "aten::select");
  if (!one && !is_op(node, "aten::slice") && !is_op(node, "aten::narrow")) return {};
  const auto along = constant_int(node->input(1));
  const auto first = is_none(node->input(2)) ? 0 : constant_int(node->input(2));
  const auto step = is_op(node, "aten::slice") ? constant_int(node->input(4)) : 1;
  if (!along || !first || !step) return {};
  taken_elements out{static_cast<std::size_t>(from_front(*along, from.size())), {}, one};
  const auto size = from.at(out.axis);
  const auto begin = std::clamp<std::int64_t>(*first < 0 ? *first + size : *first, 0, size);
  for (std::int64_t i = 0, count = one ? 1 : to.at(out.axis); i < count; ++i)
    out.chosen.push_back(begin + i * *step);
  return out;
}

class joined_rows {
 public:
  joined_rows(const Node* node, graph_builder& builder, std::size_t axis)
      : node_{node}, builder_{builder}, axis_{axis} {}

  bool run() {
    if (!find_guide()) return false;
    for (const auto* item : node_->input(0)->node()->inputs())
      if (!check(item)) return false;
    make();
    return true;
  }

 private:
  bool find_guide() {
    for (const auto* item : node_->input(0)->node()->inputs()) {
      const auto lying = placed_in_rows(item);
      if (!lying) continue;
      guide_ = *lying;
      return true;
    }
    return false;
  }

  /// What it would be in a map of one column; nothing is made yet.
  std::optional<placed_tensor> placed_in_rows(const Value* item) const {
    auto from = placed(builder_, item);
    if (!from || from->how.first_channel != 0) return {};
    const auto& shape = builder_.shape(from->map);
    auto how = with_rows_only(from->how, shape[3]);
    if (with_own_channels(how) != how || !row_axis_of(how, axis_, shape[2] * shape[3])) return {};
    return placed_tensor{from->map, std::move(how)};
  }

  bool check(const Value* item) {
    const auto tensor = constant_tensor(item);
    if (tensor && (tensor->scalar_type() != at::kFloat ||
                   tensor->dim() != static_cast<std::int64_t>(guide_.how.axes.size())))
      return false;
    const auto size = tensor ? tensor->size(static_cast<std::int64_t>(axis_))
                             : builder_.facts().tensor(item)->shape[axis_];
    const auto rows = rows_of_guide();
    const auto wanted = with_size(guide_.how, axis_, rows, size);
    if (!tensor) {
      const auto lying = placed(builder_, item);
      if (!lying) return false;
      const auto& shape = builder_.shape(lying->map);
      if (with_rows_only(lying->how, shape[3]) != wanted) return false;
    }
    hows_.push_back(wanted);
    sizes_.push_back(size);
    return true;
  }

  row_axis rows_of_guide() const {
    const auto& shape = builder_.shape(guide_.map);
    return *row_axis_of(guide_.how, axis_, shape[2] * shape[3]);
  }

  void make() {
    const auto rows = rows_of_guide();
    op o;
    o.kind = op_kind::take;
    o.name = builder_.next_name("join");
    const auto items = node_->input(0)->node()->inputs();
    std::vector<std::uint32_t> source(items.size());
    for (std::size_t i = 0; i < items.size(); ++i)
      if (!constant_tensor(items[i])) {
        source[i] = static_cast<std::uint32_t>(o.inputs.size());
        o.inputs.push_back(in_rows(builder_, *placed(builder_, items[i])).map);
      }
    for (std::size_t i = 0; i < items.size(); ++i)
      if (const auto tensor = constant_tensor(items[i])) {
        source[i] = static_cast<std::uint32_t>(o.inputs.size() + o.weights.size());
        o.weights.push_back(builder_.weight(laid_out(*tensor, hows_[i])));
      }
    std::int64_t all = 0;
    for (std::int64_t outer = 0; outer < rows.outer; ++outer)
      for (std::size_t i = 0; i < items.size(); ++i)
        add_run(o.taken.runs, {source[i], outer * sizes_[i] * rows.inner, sizes_[i] * rows.inner});
    for (auto size : sizes_) all += size;
    const auto channels = builder_.shape(guide_.map)[1];
    const auto made =
        builder_.append(std::move(o), {1, channels, rows.outer * all * rows.inner, 1});
    carry_placed(builder_, node_->output(), {made, with_size(guide_.how, axis_, rows, all)});
  }

  const Node* node_;
  graph_builder& builder_;
  std::size_t axis_;
  placed_tensor guide_;  // the first that is carried, with its rows as they would be
  std::vector<arrangement> hows_;
  std::vector<std::int64_t> sizes_;
};

bool join(const Node* node, graph_builder& builder) {
  if (!is_op(node, "aten::cat") && !is_op(node, "aten::concat")) return false;
  const auto axis = constant_int(node->input(1));
  if (node->input(0)->node()->kind() != torch::jit::prim::ListConstruct || !axis) return false;
  const auto rank = builder.facts().tensor(node->output())->shape.size();
  return joined_rows{node, builder, static_cast<std::size_t>(from_front(*axis, rank))}.run();
}

}  // namespace

bool lift_rows(const Node* node, graph_builder& builder) {
  if (join(node, builder)) return true;
  if (node->inputs().size() == 0 || !placed(builder, node->input(0))) return false;
  const auto taken = elements_of(node, builder.facts().tensor(node->input(0))->shape,
                                 builder.facts().tensor(node->output())->shape);
  return taken && take_some(node, builder, taken->axis, taken->chosen, taken->drops_axis);
}

}  // namespace bramble
