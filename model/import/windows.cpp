#include "model/import/windows.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>

#include "model/import/tensor_metadata.hpp"

namespace bramble {
namespace {

using torch::jit::Graph;
using torch::jit::Node;

bool swaps_middle_axes(const Node* node) {
  return is_op(node, "aten::permute") &&
         constant_ints(node->input(1)) == std::vector<std::int64_t>{0, 1, 3, 2, 4, 5};
}

/// What it is full of, if its first input is read for a type at most.
std::optional<double> filling_of_new(const Node* node) {
  if (is_op(node, "aten::new_zeros") || is_op(node, "aten::zeros_like")) return 0;
  if (is_op(node, "aten::new_ones") || is_op(node, "aten::ones_like")) return 1;
  return {};
}

bool drops_nothing(const Node* node) {
  return is_op(node, "aten::dropout") && constant_number(node->input(1)) == 0.0;
}

}  // namespace

bool cuts_windows(const Graph& graph) {
  const auto nodes = graph.nodes();
  return std::any_of(nodes.begin(), nodes.end(), swaps_middle_axes);
}

void fix_what_masks_are_made_of(Graph& graph) {
  for (auto it = graph.nodes().begin(); it != graph.nodes().end(); ++it) {
    auto* node = *it;
    if (drops_nothing(node)) {
      node->output()->replaceAllUsesWith(node->input(0));
      it.destroyCurrent();
      continue;
    }
    const auto filling = filling_of_new(node);
    const auto type = filling ? node->output()->type()->cast<c10::TensorType>() : nullptr;
    const auto sizes = type ? type->sizes().concrete_sizes() : c10::nullopt;
    if (!sizes || !type->scalarType()) continue;
    const torch::jit::WithInsertPoint here{node};
    node->output()->replaceAllUsesWith(
        graph.insertConstant(at::full(*sizes, *filling, *type->scalarType())));
    it.destroyCurrent();
  }
}

}  // namespace bramble
