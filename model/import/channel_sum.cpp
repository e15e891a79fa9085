#include "model/import/channel_sum.hpp"

#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include <algorithm>
#include <map>
#include <set>

#include "config/defaults.hpp"

namespace bramble {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

/// out[c] = bias + sum of factor * base[c + offset], channels outside of `base` being 0.
struct channel_sum {
  Value* base = nullptr;
  std::map<std::int64_t, double> factors;  ///< by offset
  double bias = 0;
  std::set<Node*> members;
};

/// A number, or a tensor with one element.
std::optional<double> one_number(const Value* value) {
  if (const auto number = constant_number(value)) return number;
  const auto tensor = constant_tensor(value);
  if (!tensor || tensor->numel() != 1) return {};
  return tensor->item<double>();
}

class finder {
 public:
  explicit finder(const graph_facts& facts) : facts_{facts} {}

  void visit(Node* node) {
    if (node->outputs().size() != 1 || !facts_.is_map(node->output())) return;
    auto sum = form_of(node);
    if (!sum) return;
    sum->members.insert(node);
    sums_[node] = std::move(*sum);
  }

  const channel_sum* find(Node* node) const {
    const auto found = sums_.find(node);
    return found == sums_.end() ? nullptr : &found->second;
  }

 private:
  std::optional<channel_sum> form_of(Node* node) const {
    if (is_op(node, "aten::pad") || is_op(node, "aten::constant_pad_nd")) return padded(node);
    if (is_op(node, "aten::slice")) return sliced(node);
    if (is_op(node, "aten::add")) return added(node);
    if (is_op(node, "aten::mul")) return scaled(node);
    return {};
  }

  /// Zeros before and behind the channels; a sum starts here.
  std::optional<channel_sum> padded(Node* node) const {
    const auto pads = constant_ints(node->input(1));  // from the last axis to the first
    if (!pads || pads->size() != 6 || !facts_.is_map(node->input(0)) ||
        std::any_of(pads->begin(), pads->end() - 2, [](auto p) { return p != 0; }))
      return {};
    const bool by_mode = is_op(node, "aten::pad");
    if (by_mode && torch::jit::toIValue(node->input(2))->toStringRef() != "constant") return {};
    const auto* fill = node->input(by_mode ? 3 : 2);
    if (!is_none(fill) && one_number(fill).value_or(1) != 0) return {};
    return channel_sum{node->input(0), {{-(*pads)[4], 1.0}}, 0, {}};
  }

  std::optional<channel_sum> sliced(Node* node) const {
    const auto* inner = find(node->input(0)->node());
    if (inner == nullptr || constant_int(node->input(1)) != 1 || constant_int(node->input(4)) != 1)
      return {};
    auto start =
        is_none(node->input(2)) ? std::optional<std::int64_t>{0} : constant_int(node->input(2));
    if (!start) return {};
    if (*start < 0) *start += facts_.tensor(node->input(0))->shape[1];
    channel_sum out{inner->base, {}, inner->bias, inner->members};
    for (const auto& [offset, factor] : inner->factors) out.factors[offset + *start] = factor;
    return out;
  }

  std::optional<channel_sum> added(Node* node) const {
    const auto* left = find(node->input(0)->node());
    const auto* right = find(node->input(1)->node());
    const auto alpha = constant_number(node->input(2));
    if (!alpha || left == nullptr) return {};
    auto out = *left;
    if (const auto number = one_number(node->input(1))) {
      out.bias += *alpha * *number;
      return out;
    }
    if (right == nullptr || right->base != left->base ||
        facts_.tensor(node->input(0))->shape != facts_.tensor(node->input(1))->shape)
      return {};
    for (const auto& [offset, factor] : right->factors) out.factors[offset] += *alpha * factor;
    out.bias += *alpha * right->bias;
    out.members.insert(right->members.begin(), right->members.end());
    return out;
  }

  std::optional<channel_sum> scaled(Node* node) const {
    const auto* inner = find(node->input(0)->node());
    const auto number = one_number(node->input(1));
    if (inner == nullptr || !number) return {};
    auto out = *inner;
    for (auto& [offset, factor] : out.factors) factor *= *number;
    out.bias *= *number;
    return out;
  }

  const graph_facts& facts_;
  std::map<Node*, channel_sum> sums_;
};

bool read_only_inside(const channel_sum& sum, const Node* root) {
  return std::all_of(sum.members.begin(), sum.members.end(), [&](Node* member) {
    return member == root ||
           std::all_of(member->output()->uses().begin(), member->output()->uses().end(),
                       [&](const auto& use) { return sum.members.count(use.user) != 0; });
  });
}

at::Tensor banded_weight(const channel_sum& sum, std::int64_t in, std::int64_t out) {
  auto weight = at::zeros({out, in, 1, 1});
  auto cells = weight.accessor<float, 4>();
  for (const auto& [offset, factor] : sum.factors)
    for (std::int64_t c = 0; c < out; ++c)
      if (c + offset >= 0 && c + offset < in)
        cells[c][c + offset][0][0] = static_cast<float>(factor);
  return weight;
}

void replace(Graph& graph, Node* root, const channel_sum& sum, graph_facts& facts) {
  const auto in = facts.tensor(sum.base)->shape[1];
  const auto out = facts.tensor(root->output())->shape[1];
  const torch::jit::WithInsertPoint here{root};
  const auto list = [&](std::int64_t number) {
    return graph.insertConstant(std::vector<std::int64_t>{number, number});
  };
  auto* bias = sum.bias == 0 ? graph.insertConstant(c10::IValue{})
                             : graph.insertConstant(at::full({out}, sum.bias, at::kFloat));
  auto* node = graph.create(torch::jit::aten::conv2d,
                            {sum.base, graph.insertConstant(banded_weight(sum, in, out)), bias,
                             list(1), list(0), list(1), graph.insertConstant(std::int64_t{1})});
  graph.insertNode(node);
  facts.replace(root->output(), node->output());
  root->output()->replaceAllUsesWith(node->output());
}

}  // namespace

void replace_channel_sums(Graph& graph, graph_facts& facts) {
  finder sums{facts};
  for (auto* node : graph.nodes()) sums.visit(node);
  std::set<Node*> done;
  std::vector<Node*> nodes{graph.nodes().begin(), graph.nodes().end()};
  std::reverse(nodes.begin(), nodes.end());  // the largest sums first
  for (auto* node : nodes) {
    const auto* sum = sums.find(node);
    if (sum == nullptr || sum->factors.size() < 2 || done.count(node) != 0) continue;
    if (facts.tensor(sum->base)->shape[1] > defaults::channel_sum_limit) continue;
    if (!read_only_inside(*sum, node)) continue;
    done.insert(sum->members.begin(), sum->members.end());
    replace(graph, node, *sum, facts);
  }
  torch::jit::EliminateDeadCode(graph.block());
}

}  // namespace bramble
