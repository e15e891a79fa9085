#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include <cmath>

#include "model/import/rewrite.hpp"

namespace bramble {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;
namespace aten = torch::jit::aten;

/// (query, key, value, features, heads, qkv weight and bias, projection weight and bias, mask,
/// whether weights are wanted, ..): of one sequence, without mask, its weights not looked at.
bool is_self_attention(const Node* node) {
  if (!is_op(node, "aten::_native_multi_head_attention")) return false;
  for (std::size_t i = 5; i < 9; ++i)
    if (!constant_tensor(node->input(i))) return false;
  return node->input(0) == node->input(1) && node->input(0) == node->input(2) &&
         constant_int(node->input(3)) && constant_int(node->input(4)) && is_none(node->input(9)) &&
         node->output(1)->uses().empty();
}

class writer {
 public:
  explicit writer(Graph& graph) : graph_{graph} {}

  Value* add(c10::Symbol kind, std::initializer_list<Value*> inputs) {
    auto* node = graph_.insertNode(graph_.create(kind, inputs));
    return node->output();
  }
  Value* constant(c10::IValue value) { return graph_.insertConstant(std::move(value)); }
  Value* numbers(std::vector<std::int64_t> list) { return constant(std::move(list)); }

 private:
  Graph& graph_;
};

void replace(Graph& graph, Node* node, const std::vector<std::int64_t>& shape) {
  const torch::jit::WithInsertPoint here{node};
  writer w{graph};
  const auto batch = shape[0], tokens = shape[1], features = shape[2];
  const auto heads = *constant_int(node->input(4));
  const auto each = features / heads;
  auto* all = w.add(aten::linear, {node->input(0), node->input(5), node->input(6)});
  all = w.add(aten::reshape, {all, w.numbers({batch, tokens, 3, heads, each})});
  all = w.add(aten::permute, {all, w.numbers({2, 0, 3, 1, 4})});
  const auto part = [&](std::int64_t i) {
    return w.add(aten::select, {all, w.constant(std::int64_t{0}), w.constant(i)});
  };
  const auto swapped = [&](Value* x, std::int64_t a, std::int64_t b) {
    return w.add(aten::transpose, {x, w.constant(a), w.constant(b)});
  };
  auto* query = w.add(aten::mul, {part(0), w.constant(1.0 / std::sqrt(static_cast<double>(each)))});
  auto* scores = w.add(aten::matmul, {query, swapped(part(1), 2, 3)});
  scores = w.add(aten::softmax, {scores, w.constant(std::int64_t{-1}), w.constant(c10::IValue{})});
  auto* mixed = swapped(w.add(aten::matmul, {scores, part(2)}), 1, 2);
  mixed = w.add(aten::reshape, {mixed, w.numbers({batch, tokens, features})});
  auto* out = w.add(aten::linear, {mixed, node->input(7), node->input(8)});
  out->setType(node->output(0)->type());
  node->output(0)->replaceAllUsesWith(out);
}

}  // namespace

bool replace_attention(Graph& graph, const graph_facts& facts) {
  std::vector<Node*> found;
  for (auto* node : graph.nodes())
    if (is_self_attention(node)) found.push_back(node);
  for (auto* node : found) replace(graph, node, facts.tensor(node->input(0))->shape);
  if (found.empty()) return false;
  torch::jit::EliminateDeadCode(graph.block());
  return true;
}

}  // namespace bramble
