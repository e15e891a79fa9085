#include "model/import/fusion.hpp"

namespace bramble {
namespace {

using torch::jit::Node;
using torch::jit::Value;

/// The other summand, when `node` adds a map of the same shape to `value`.
const Value* residual_of(const Node* node, const Value* value, const graph_facts& facts) {
  if (!is_op(node, "aten::add") || node->inputs().size() != 3) return nullptr;
  if (constant_number(node->input(2)).value_or(0) != 1) return nullptr;
  const auto* other = node->input(node->input(0) == value ? 1 : 0);
  if (!facts.is_map(other) || facts.tensor(other)->shape != facts.tensor(value)->shape)
    return nullptr;
  return other;
}

void fuse(const Node* convolution, const graph_facts& facts, fusion_plan& plan) {
  fused_convolution fused{convolution, nullptr, {}};
  std::vector<const Node*> chain{convolution};
  const auto* reader = only_reader(convolution->output());
  if (reader != nullptr && plan.by_last.count(reader) == 0 && plan.absorbed.count(reader) == 0) {
    fused.residual = residual_of(reader, convolution->output(), facts);
    if (fused.residual != nullptr) {
      chain.push_back(reader);
      reader = only_reader(reader->output());
    }
    const auto activation = reader ? activation_of(reader) : std::nullopt;
    if (activation) {
      fused.activation = *activation;
      chain.push_back(reader);
    }
  }
  plan.by_last[chain.back()] = fused;
  chain.pop_back();
  plan.absorbed.insert(chain.begin(), chain.end());
}

}  // namespace

const Node* only_reader(const Value* value) {
  if (value->uses().size() != 1) return nullptr;
  const auto* reader = value->uses()[0].user;
  return reader->kind() == torch::jit::prim::Return ? nullptr : reader;
}

fusion_plan plan_fusion(torch::jit::Graph& graph, const graph_facts& facts) {
  fusion_plan plan;
  // From the back: where two convolutions are added, the later one takes the earlier one's output
  // as its residual, which is there by then.
  for (const auto* node : graph.nodes().reverse())
    if (is_convolution(node, facts)) fuse(node, facts, plan);
  return plan;
}

}  // namespace bramble
