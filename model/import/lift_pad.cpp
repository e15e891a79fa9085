#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>

#include "model/import/lift.hpp"

namespace bramble {
namespace {

using torch::jit::Node;

enum class filling : std::uint8_t { constant, reflect, replicate };

struct padding_of_map {
  filling by = filling::constant;
  double value = 0;
  std::vector<std::int64_t> amounts;  ///< before and behind, of the last axis first
};

std::optional<filling> filling_of(const Node* node) {
  if (is_op(node, "aten::reflection_pad2d")) return filling::reflect;
  if (is_op(node, "aten::replication_pad2d")) return filling::replicate;
  if (is_op(node, "aten::constant_pad_nd")) return filling::constant;
  if (!is_op(node, "aten::pad")) return {};
  const auto mode = torch::jit::toIValue(node->input(2));
  if (!mode || !mode->isString()) return {};
  const auto& name = mode->toStringRef();
  if (name == "reflect") return filling::reflect;
  if (name == "replicate") return filling::replicate;
  return name == "constant" ? std::optional{filling::constant} : std::nullopt;
}

/// Of rows and columns alone.
std::optional<padding_of_map> padding_of(const Node* node) {
  const auto by = filling_of(node);
  if (!by) return {};
  const auto amounts = constant_ints(node->input(1));
  if (!amounts) return {};
  padding_of_map out{*by, 0, *amounts};
  if (out.amounts.size() < 2 || out.amounts.size() % 2 != 0) return {};
  if (*by == filling::constant) {
    const auto* value = node->input(is_op(node, "aten::pad") ? 3 : 2);
    const auto number = is_none(value) ? 0.0 : constant_number(value);
    if (!number) return {};
    out.value = *number;
  }
  out.amounts.resize(std::max<std::size_t>(out.amounts.size(), 4), 0);
  if (std::any_of(out.amounts.begin() + 4, out.amounts.end(), [](auto n) { return n != 0; }))
    return {};
  return out;
}

/// Where each place of the padded axis comes from; -1: from a constant.
std::int64_t source_of_place(filling by, std::int64_t place, std::int64_t size) {
  if (place >= 0 && place < size) return place;
  if (by == filling::constant) return -1;
  if (by == filling::replicate) return std::clamp<std::int64_t>(place, 0, size - 1);
  return place < 0 ? -place : 2 * (size - 1) - place;
}

value_id padded_axis(graph_builder& builder, value_id map, const padding_of_map& padding,
                     bool columns) {
  auto shape = builder.shape(map);
  const auto size = shape[columns ? 3 : 2];
  const auto before = padding.amounts[columns ? 0 : 2], behind = padding.amounts[columns ? 1 : 3];
  if (before == 0 && behind == 0) return map;
  op o;
  o.kind = op_kind::take;
  o.name = builder.next_name("pad");
  o.inputs = {map};
  o.taken.columns = columns;
  for (auto place = -before; place < size + behind; ++place) {
    const auto from = source_of_place(padding.by, place, size);
    const taken_run next{from < 0 ? 1U : 0U, std::max<std::int64_t>(from, 0), 1};
    auto& runs = o.taken.runs;
    if (from > 0 && !runs.empty() && runs.back().source == 0 &&
        runs.back().first + runs.back().count == from)
      ++runs.back().count;
    else
      runs.push_back(next);
  }
  if (padding.by == filling::constant) {
    const auto line = columns ? std::vector{shape[2], std::int64_t{1}, shape[1]}
                              : std::vector{std::int64_t{1}, shape[3], shape[1]};
    o.weights = {builder.weight(at::full(line, padding.value, at::kFloat))};
  }
  shape[columns ? 3 : 2] = size + before + behind;
  return builder.append(std::move(o), std::move(shape));
}

}  // namespace

bool lift_pad(const Node* node, graph_builder& builder) {
  const auto padding = padding_of(node);
  if (!padding || !builder.facts().is_map(node->input(0)) ||
      !builder.facts().is_map(node->output()))
    return false;
  const auto map = padded_axis(builder, builder.value(node->input(0)), *padding, false);
  builder.carry(node->output(),
                {padded_axis(builder, map, *padding, true), tensor_form::channels_first, {}});
  return true;
}

}  // namespace bramble
