#pragma once

#include <unordered_map>
#include <unordered_set>

#include "model/import/recognise.hpp"

namespace bramble {

/// A batch norm that no convolution before it could take over, with the concat it is the only
/// reader of and the activation that is its only reader: one pass over the maps instead of three.
struct fused_norm {
  const torch::jit::Node* norm = nullptr;
  const torch::jit::Node* concat = nullptr;  ///< or null: the norm reads a map as it is
  fused_activation activation;
};

struct norm_fusion_plan {
  std::unordered_map<const torch::jit::Node*, fused_norm> by_last;  ///< see `fusion_plan`
  std::unordered_set<const torch::jit::Node*> absorbed;
};

/// Every batch norm of the graph that has a concat or an activation to be fused with.
norm_fusion_plan plan_norm_fusion(torch::jit::Graph& graph, const graph_facts& facts);

/// The concat that computes it, without name and outputs.
op make_fused_norm(const fused_norm& fused, graph_builder& builder);

}  // namespace bramble
