#include "model/import/rewrite.hpp"

#include <ATen/ops/arange.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>

namespace bramble {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

/// Puts `node` where the insert point is and in place of `before`.
void put(Graph& graph, Node* node, Value* before, graph_facts& facts, tensor_facts what) {
  graph.insertNode(node);
  node->output()->setType(before->type());
  facts.add(node->output(), std::move(what));
  before->replaceAllUsesWith(node->output());
}

bool splits(const Node* node) {
  for (const auto* name : {"aten::split", "aten::split_with_sizes", "aten::chunk"})
    if (is_op(node, name)) return true;
  return false;
}

/// Which element of the list each reader takes, by its output; empty when one takes the list
/// itself.
std::vector<std::pair<Value*, std::size_t>> elements_read(const Value* list, std::size_t size) {
  std::vector<std::pair<Value*, std::size_t>> out;
  for (const auto& use : list->uses()) {
    if (use.user->kind() == torch::jit::prim::ListUnpack) {
      for (std::size_t i = 0; i < use.user->outputs().size(); ++i)
        out.emplace_back(use.user->output(i), i);
      continue;
    }
    const auto index = is_op(use.user, "aten::__getitem__") ? constant_int(use.user->input(1))
                                                            : std::optional<std::int64_t>{};
    if (!index) return {};
    const auto at = *index < 0 ? *index + static_cast<std::int64_t>(size) : *index;
    if (at < 0 || at >= static_cast<std::int64_t>(size)) return {};
    out.emplace_back(use.user->output(), static_cast<std::size_t>(at));
  }
  return out;
}

/// Each element by its number.
void replace_unbind(Graph& graph, Node* node, graph_facts& facts) {
  const auto* parts = facts.list(node->output());
  const auto axis = constant_int(node->input(1));
  // Planes of a photo are read one by one by what runs whole.
  if (parts == nullptr || !axis || facts.is_map(node->input(0))) return;
  const torch::jit::WithInsertPoint here{node};
  for (const auto& [output, i] : elements_read(node->output(), parts->size())) {
    if (output->uses().empty()) continue;
    auto* select = graph.create(torch::jit::aten::select,
                                {node->input(0), graph.insertConstant(*axis),
                                 graph.insertConstant(static_cast<std::int64_t>(i))});
    put(graph, select, output, facts, (*parts)[i]);
  }
}

void replace_split(Graph& graph, Node* node, graph_facts& facts) {
  const auto* parts = facts.list(node->output());
  const auto* in = facts.tensor(node->input(0));
  auto axis = constant_int(node->input(2));
  if (parts == nullptr || in == nullptr || !axis) return;
  if (*axis < 0) *axis += static_cast<std::int64_t>(in->shape.size());
  std::vector<std::int64_t> begins{0};
  for (const auto& part : *parts)
    begins.push_back(begins.back() + part.shape.at(static_cast<std::size_t>(*axis)));
  const torch::jit::WithInsertPoint here{node};
  for (const auto& [output, i] : elements_read(node->output(), parts->size())) {
    if (output->uses().empty()) continue;
    auto* slice =
        graph.create(torch::jit::aten::slice,
                     {node->input(0), graph.insertConstant(*axis), graph.insertConstant(begins[i]),
                      graph.insertConstant(begins[i + 1]), graph.insertConstant(std::int64_t{1})});
    put(graph, slice, output, facts, (*parts)[i]);
  }
}

bool swaps_group_axes(const Node* node) {
  if (is_op(node, "aten::transpose"))
    return (constant_int(node->input(1)) == 1 && constant_int(node->input(2)) == 2) ||
           (constant_int(node->input(1)) == 2 && constant_int(node->input(2)) == 1);
  return is_op(node, "aten::permute") &&
         constant_ints(node->input(1)) == std::vector<std::int64_t>{0, 2, 1, 3, 4};
}

/// 1xCxHxW seen as 1xGx(C/G)xHxW, its groups transposed, seen as 1xCxHxW again.
void replace_shuffle(Graph& graph, Node* last, graph_facts& facts) {
  const auto reshapes = [](const Node* node) { return is_op(node, "aten::reshape"); };
  auto* middle = last->input(0)->node();
  if (!reshapes(last) || !swaps_group_axes(middle) || !reshapes(middle->input(0)->node())) return;
  auto* first = middle->input(0)->node();
  const auto *in = facts.tensor(first->input(0)), *split = facts.tensor(first->output()),
             *out = facts.tensor(last->output());
  if (in == nullptr || split == nullptr || out == nullptr || !in->is_map() ||
      out->shape != in->shape || split->shape.size() != 5 || split->shape[3] != in->shape[2] ||
      split->shape[4] != in->shape[3])
    return;
  const auto channels = at::arange(in->shape[1], at::kLong)
                            .reshape({split->shape[1], split->shape[2]})
                            .t()
                            .reshape({-1});
  const torch::jit::WithInsertPoint here{last};
  auto* choice = graph.create(
      torch::jit::aten::index_select,
      {first->input(0), graph.insertConstant(std::int64_t{1}), graph.insertConstant(channels)});
  put(graph, choice, last->output(), facts, *out);
}

}  // namespace

void replace_channel_choices(Graph& graph, graph_facts& facts) {
  const std::vector<Node*> nodes{graph.nodes().begin(), graph.nodes().end()};
  for (auto* node : nodes) {
    if (splits(node)) replace_split(graph, node, facts);
    if (is_op(node, "aten::unbind")) replace_unbind(graph, node, facts);
    if (is_op(node, "aten::reshape")) replace_shuffle(graph, node, facts);
  }
  torch::jit::EliminateDeadCode(graph.block());
}

}  // namespace bramble
