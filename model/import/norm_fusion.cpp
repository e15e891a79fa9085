#include "model/import/norm_fusion.hpp"

#include <ATen/TensorOperators.h>

#include <algorithm>

#include "model/import/fusion.hpp"

namespace bramble {
namespace {

using torch::jit::Node;
using torch::jit::Value;

bool is_vector(const Value* value, std::int64_t size) {
  const auto tensor = constant_tensor(value);
  return tensor && tensor->dim() == 1 && tensor->size(0) == size &&
         tensor->scalar_type() == at::kFloat;
}

bool is_norm(const Node* node, const graph_facts& facts) {
  if (!is_op(node, "aten::batch_norm") || constant_bool(node->input(5)).value_or(true) ||
      !facts.is_map(node->input(0)) || !constant_number(node->input(7)))
    return false;
  const auto channels = facts.tensor(node->input(0))->shape[1];
  auto optional_vector = [&](std::size_t i) {
    return is_none(node->input(i)) || is_vector(node->input(i), channels);
  };
  return optional_vector(1) && optional_vector(2) && is_vector(node->input(3), channels) &&
         is_vector(node->input(4), channels);
}

/// The concat of channels that made `value` for this one reader, or null.
const Node* concat_before(const Value* value, const graph_facts& facts) {
  const auto* node = value->node();
  if (value->uses().size() != 1 || !(is_op(node, "aten::cat") || is_op(node, "aten::concat")))
    return nullptr;
  const auto axis = constant_int(node->input(1));
  const auto* list = node->input(0)->node();
  if (list->kind() != torch::jit::prim::ListConstruct || !axis || (*axis != 1 && *axis != -3))
    return nullptr;
  const auto items = list->inputs();
  const bool maps =
      std::all_of(items.begin(), items.end(), [&](const Value* v) { return facts.is_map(v); });
  return maps ? node : nullptr;
}

void fuse(const Node* norm, const graph_facts& facts, norm_fusion_plan& plan) {
  fused_norm fused{norm, concat_before(norm->input(0), facts), {}};
  const auto* last = norm;
  const auto* reader = only_reader(norm->output());
  if (const auto activation = reader ? activation_of(reader) : std::nullopt) {
    fused.activation = *activation;
    last = reader;
  }
  if (fused.concat == nullptr && last == norm) return;
  plan.by_last[last] = fused;
  if (fused.concat != nullptr) plan.absorbed.insert(fused.concat);
  if (last != norm) plan.absorbed.insert(norm);
}

}  // namespace

norm_fusion_plan plan_norm_fusion(torch::jit::Graph& graph, const graph_facts& facts) {
  norm_fusion_plan plan;
  for (const auto* node : graph.nodes())
    if (is_norm(node, facts)) fuse(node, facts, plan);
  return plan;
}

op make_fused_norm(const fused_norm& fused, graph_builder& builder) {
  op o;
  o.kind = op_kind::concat;
  o.activation = fused.activation;
  if (fused.concat == nullptr) {
    o.inputs = {builder.value(fused.norm->input(0))};
  } else {
    for (const auto* item : fused.concat->input(0)->node()->inputs())
      o.inputs.push_back(builder.value(item));
  }
  const auto variance = *constant_tensor(fused.norm->input(4));
  auto scale = (variance + *constant_number(fused.norm->input(7))).rsqrt();
  if (const auto weight = constant_tensor(fused.norm->input(1))) scale = scale * *weight;
  auto shift = -*constant_tensor(fused.norm->input(3)) * scale;
  if (const auto bias = constant_tensor(fused.norm->input(2))) shift = shift + *bias;
  o.weights = {builder.weight(scale), builder.weight(shift)};
  return o;
}

}  // namespace bramble
