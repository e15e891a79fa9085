#pragma once

#include <unordered_map>
#include <unordered_set>

#include "model/import/recognise.hpp"

namespace bramble {

/// A convolution with what is computed in the same pass: the sum with a residual of the same shape,
/// then an activation.
struct fused_convolution {
  const torch::jit::Node* convolution = nullptr;
  const torch::jit::Value* residual = nullptr;
  fused_activation activation;
};

struct fusion_plan {
  /// By the last node of each chain, at whose place the fused op stands.
  std::unordered_map<const torch::jit::Node*, fused_convolution> by_last;
  /// Nodes that vanish into a later one.
  std::unordered_set<const torch::jit::Node*> absorbed;
};

/// Who reads `value`, where that is one op.
const torch::jit::Node* only_reader(const torch::jit::Value* value);

/// Every convolution of the graph with as much of its chain as nobody else reads.
fusion_plan plan_fusion(torch::jit::Graph& graph, const graph_facts& facts);

}  // namespace bramble
