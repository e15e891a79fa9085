#include "model/import/lift.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>

// What networks with windows do to rows and columns of maps whose channels are the last axis:
// shift them around, step over them, pad them to whole windows.
namespace bramble {
namespace {

using torch::jit::Node;
using of_t = axis_part::of_t;

/// What an axis is made of: runs of its elements, and of whatever fills it besides.
struct axis_change {
  std::size_t axis = 0;
  std::vector<taken_run> runs;
  /// Source 1 is the map again: who makes what comes around from its other end reads that, and not
  /// all that lies between. Else it is the filling.
  bool comes_around = false;
};

void append_run(std::vector<taken_run>& runs, const taken_run& next) {
  if (next.count < 1) return;
  if (!runs.empty() && next.source == 0 && runs.back().source == 0 &&
      runs.back().first + runs.back().count == next.first)
    runs.back().count += next.count;
  else
    runs.push_back(next);
}

std::int64_t count_of(const std::vector<taken_run>& runs) {
  std::int64_t length = 0;
  for (const auto& run : runs) length += run.count;
  return length;
}

/// An axis that is all rows of the map, or all columns, in their order.
std::optional<of_t> whole_axis(const placed_tensor& tensor, const map_shape& map,
                               std::size_t axis) {
  const auto& parts = tensor.how.axes.at(axis);
  if (parts.size() != 1 || parts[0].of == of_t::channels || parts[0].stride != 1) return {};
  if (parts[0].size != map[parts[0].of == of_t::rows ? 2 : 3]) return {};
  return parts[0].of;
}

placed_tensor with_change(graph_builder& builder, const placed_tensor& from,
                          const axis_change& change, const std::string& stem, double filling) {
  auto shape = builder.shape(from.map);
  const auto of = *whole_axis(from, shape, change.axis);
  op o;
  o.kind = op_kind::take;
  o.name = builder.next_name(stem);
  o.inputs = {from.map};
  if (change.comes_around) o.inputs.push_back(from.map);
  o.taken.columns = of == of_t::columns;
  o.taken.runs = change.runs;
  std::int64_t filled = 0;
  for (const auto& run : change.runs)
    if (run.source >= o.inputs.size()) filled = std::max(filled, run.count);
  const auto line = o.taken.columns ? map_shape{shape[2], filled, shape[1]}
                                    : map_shape{filled, shape[3], shape[1]};
  if (filled > 0) o.weights = {builder.weight(at::full(line, filling, at::kFloat))};
  const auto size = count_of(change.runs);
  shape[o.taken.columns ? 3 : 2] = size;
  auto how = from.how;
  how.axes[change.axis].clear();
  if (size > 1) how.axes[change.axis] = {{of, 1, size}};
  return {builder.append(std::move(o), std::move(shape)), std::move(how)};
}

/// All of these, or nothing.
bool change_all(const Node* node, graph_builder& builder, const std::vector<axis_change>& changes,
                const std::string& stem, double filling = 0) {
  auto tensor = *placed(builder, node->input(0));
  for (const auto& change : changes)
    if (!whole_axis(tensor, builder.shape(tensor.map), change.axis)) return false;
  for (const auto& change : changes) tensor = with_change(builder, tensor, change, stem, filling);
  carry_placed(builder, node->output(), tensor);
  return true;
}

bool roll_axes(const Node* node, graph_builder& builder, const map_shape& shape) {
  const auto shifts = constant_ints(node->input(1)), axes = constant_ints(node->input(2));
  if (!shifts || !axes || shifts->size() != axes->size() || axes->empty()) return false;
  std::vector<axis_change> changes;
  for (std::size_t i = 0; i < axes->size(); ++i) {
    const auto axis = static_cast<std::size_t>(from_front((*axes)[i], shape.size()));
    const auto size = shape.at(axis);
    const auto first = ((-(*shifts)[i]) % size + size) % size;
    if (first != 0) changes.push_back({axis, {{0, first, size - first}, {1, 0, first}}, true});
  }
  return change_all(node, builder, changes, "roll");
}

/// Some columns; rows are `lift_rows`'s.
bool slice_columns(const Node* node, graph_builder& builder, const map_shape& from,
                   const map_shape& to) {
  const auto along = constant_int(node->input(1));
  const auto first = is_none(node->input(2)) ? 0 : constant_int(node->input(2));
  const auto step = constant_int(node->input(4));
  if (!along || !first || !step) return false;
  axis_change change;
  change.axis = static_cast<std::size_t>(from_front(*along, from.size()));
  const auto size = from.at(change.axis);
  const auto begin = std::clamp<std::int64_t>(*first < 0 ? *first + size : *first, 0, size);
  for (std::int64_t i = 0; i < to.at(change.axis); ++i)
    append_run(change.runs, {0, begin + i * *step, 1});
  return !change.runs.empty() && change_all(node, builder, {change}, "columns");
}

/// By name or not, with a number; empty for other ways to pad.
std::optional<double> filling_of_pad(const Node* node) {
  const bool by_name = is_op(node, "aten::pad");
  const auto mode = by_name ? torch::jit::toIValue(node->input(2)) : c10::optional<c10::IValue>{};
  if (by_name && (!mode || !mode->isString() || mode->toStringRef() != "constant")) return {};
  const auto* given = node->input(by_name ? 3 : 2);
  return is_none(given) ? 0.0 : constant_number(given);
}

bool pad_axes(const Node* node, graph_builder& builder, const map_shape& shape) {
  const auto amounts = constant_ints(node->input(1));
  const auto filling = filling_of_pad(node);
  if (!amounts || !filling || amounts->size() % 2 != 0 || amounts->size() / 2 > shape.size())
    return false;
  std::vector<axis_change> changes;
  for (std::size_t i = 0; i < amounts->size() / 2; ++i) {
    const auto before = (*amounts)[2 * i], behind = (*amounts)[2 * i + 1];
    if (before == 0 && behind == 0) continue;
    // Less than nothing cuts away.
    axis_change change;
    change.axis = shape.size() - 1 - i;
    append_run(change.runs, {1, 0, before});
    append_run(change.runs, {0, std::max<std::int64_t>(0, -before),
                             shape[change.axis] + std::min<std::int64_t>(0, before) +
                                 std::min<std::int64_t>(0, behind)});
    append_run(change.runs, {1, 0, behind});
    if (change.runs.empty()) return false;
    changes.push_back(std::move(change));
  }
  return change_all(node, builder, changes, "pad", *filling);
}

}  // namespace

bool lift_shift(const Node* node, graph_builder& builder) {
  if (!builder.cuts_windows || node->inputs().empty() ||
      builder.facts().tensor(node->input(0)) == nullptr)
    return false;
  const auto carried = builder.carried(node->input(0));
  if (!carried || builder.is_made(node->input(0)) || !placed(builder, node->input(0))) return false;
  const auto& from = builder.facts().tensor(node->input(0))->shape;
  if (is_op(node, "aten::roll")) return roll_axes(node, builder, from);
  if (is_op(node, "aten::slice"))
    return slice_columns(node, builder, from, builder.facts().tensor(node->output())->shape);
  if (is_op(node, "aten::constant_pad_nd") || is_op(node, "aten::pad"))
    return pad_axes(node, builder, from);
  return false;
}

}  // namespace bramble
