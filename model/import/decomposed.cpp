#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "model/import/fusion.hpp"
#include "model/import/rewrite.hpp"

namespace bramble {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;
namespace aten = torch::jit::aten;

/// A number, or a constant of one element.
std::optional<double> scalar_of(const Value* value) {
  if (const auto number = constant_number(value)) return number;
  const auto tensor = constant_tensor(value);
  if (!tensor || tensor->numel() != 1) return {};
  return tensor->item<double>();
}

bool is_about(const Value* value, double number) {
  const auto given = scalar_of(value);
  return given && std::abs(*given - number) <= 1e-5 * std::abs(number);
}

bool adds_once(const Node* node) {
  return is_op(node, "aten::add") && node->inputs().size() == 3 && is_about(node->input(2), 1);
}

/// The operand beside one for which `known` holds, whichever comes first; null where neither does.
Value* other_operand(Node* node, const std::function<bool(Value*)>& known) {
  if (known(node->input(1))) return node->input(0);
  return known(node->input(0)) ? node->input(1) : nullptr;
}

Value* without_factor(Value* value, const std::function<bool(Value*)>& known) {
  return is_op(value->node(), "aten::mul") ? other_operand(value->node(), known) : nullptr;
}

/// The mean over the last axis, which stays: of what; null for anything else.
Value* mean_of(Value* value, const graph_facts& facts) {
  auto* node = value->node();
  if (!is_op(node, "aten::mean") || node->inputs().size() != 4) return nullptr;
  const auto axes = constant_ints(node->input(1));
  const auto* in = facts.tensor(node->input(0));
  if (!axes || axes->size() != 1 || in == nullptr || constant_bool(node->input(2)) != true)
    return nullptr;
  const auto rank = static_cast<std::int64_t>(in->shape.size());
  return axes->front() == -1 || axes->front() == rank - 1 ? node->input(0) : nullptr;
}

class decomposed_ops {
 public:
  decomposed_ops(Graph& graph, graph_facts& facts) : graph_{graph}, facts_{facts} {}

  void run() {
    const std::vector<Node*> nodes{graph_.nodes().begin(), graph_.nodes().end()};
    for (auto* node : nodes) {
      if (biased_product(node)) continue;
      if (layer_norm(node)) continue;
      gelu(node);
    }
    torch::jit::EliminateDeadCode(graph_.block());
  }

 private:
  void put(Node* old, c10::Symbol kind, const std::vector<Value*>& inputs) {
    auto* node = graph_.insertNode(graph_.create(kind, inputs));
    node->output()->setType(old->output()->type());
    node->setSourceRange(old->sourceRange());
    facts_.add(node->output(), *facts_.tensor(old->output()));
    old->output()->replaceAllUsesWith(node->output());
  }
  Value* constant(c10::IValue value) { return graph_.insertConstant(std::move(value)); }

  /// A constant with a number for each feature.
  static bool is_vector(const Value* value, std::int64_t size) {
    const auto tensor = constant_tensor(value);
    return tensor && at::isFloatingType(tensor->scalar_type()) && tensor->dim() == 1 &&
           tensor->size(0) == size;
  }

  std::int64_t features(const Value* value) const {
    const auto* facts = facts_.tensor(value);
    return facts == nullptr || facts->shape.empty() ? 0 : facts->shape.back();
  }

  /// x times a matrix, plus a vector.
  bool biased_product(Node* node) {
    if (!adds_once(node)) return false;
    const auto size = features(node->output());
    auto* product = other_operand(node, [&](Value* v) { return is_vector(v, size); });
    if (product == nullptr || !is_op(product->node(), "aten::matmul") ||
        only_reader(product) != node)
      return false;
    const auto weight = constant_tensor(product->node()->input(1));
    if (!weight || weight->dim() != 2 || !at::isFloatingType(weight->scalar_type())) return false;
    auto* bias = node->input(node->input(0) == product ? 1 : 0);
    const torch::jit::WithInsertPoint here{node};
    put(node, aten::linear, {product->node()->input(0), constant(weight->t().contiguous()), bias});
    return true;
  }

  /// (x - mean) / sqrt(mean of its square + eps) * weight + bias.
  bool layer_norm(Node* node) {
    if (!adds_once(node)) return false;
    const auto size = features(node->output());
    const auto is_parameter = [&](Value* v) { return is_vector(v, size); };
    auto* scaled = other_operand(node, is_parameter);
    auto* quotient = scaled == nullptr ? nullptr : without_factor(scaled, is_parameter);
    if (quotient == nullptr || !is_op(quotient->node(), "aten::div")) return false;
    auto* centred = quotient->node()->input(0);
    const auto eps = spread_of(quotient->node()->input(1), centred);
    if (!eps || !is_op(centred->node(), "aten::sub") || !is_about(centred->node()->input(2), 1))
      return false;
    auto* x = centred->node()->input(0);
    if (mean_of(centred->node()->input(1), facts_) != x) return false;
    auto* bias = node->input(node->input(0) == scaled ? 1 : 0);
    auto* product = scaled->node();
    auto* weight = product->input(product->input(0) == quotient ? 1 : 0);
    const torch::jit::WithInsertPoint here{node};
    put(node, aten::layer_norm,
        {x, constant(std::vector<std::int64_t>{size}), weight, bias, constant(*eps),
         constant(false)});
    return true;
  }

  /// sqrt(mean of the square of `centred` + eps): eps.
  std::optional<double> spread_of(Value* value, Value* centred) const {
    if (!is_op(value->node(), "aten::sqrt")) return {};
    auto* sum = value->node()->input(0);
    if (!adds_once(sum->node())) return {};
    auto* variance = other_operand(sum->node(), [](Value* v) { return scalar_of(v).has_value(); });
    if (variance == nullptr) return {};
    const auto eps = scalar_of(sum->node()->input(sum->node()->input(0) == variance ? 1 : 0));
    auto* square = mean_of(variance, facts_);
    if (square == nullptr) return {};
    auto* node = square->node();
    const bool squares =
        (is_op(node, "aten::mul") && node->input(0) == centred && node->input(1) == centred) ||
        (is_op(node, "aten::pow") && node->input(0) == centred && is_about(node->input(1), 2)) ||
        (is_op(node, "aten::square") && node->input(0) == centred);
    return squares ? eps : std::nullopt;
  }

  /// 1 + erf(x / sqrt(2)): x.
  static Value* gate_of(Value* value) {
    if (!adds_once(value->node())) return nullptr;
    auto* erf = other_operand(value->node(), [](Value* v) { return is_about(v, 1); });
    if (erf == nullptr || !is_op(erf->node(), "aten::erf")) return nullptr;
    auto* inner = erf->node()->input(0);
    if (is_op(inner->node(), "aten::div") && is_about(inner->node()->input(1), std::sqrt(2.0)))
      return inner->node()->input(0);
    return without_factor(inner, [](Value* v) { return is_about(v, std::sqrt(0.5)); });
  }

  /// x, a half and the gate of x multiplied in any order.
  bool gelu(Node* node) {
    if (!is_op(node, "aten::mul")) return false;
    for (std::size_t side : {0, 1}) {
      auto* inner = node->input(side)->node();
      if (!is_op(inner, "aten::mul")) continue;
      std::array<Value*, 3> factors{node->input(1 - side), inner->input(0), inner->input(1)};
      std::sort(factors.begin(), factors.end());
      do {
        const auto& [half, gate, x] = factors;
        if (!is_about(half, 0.5) || gate_of(gate) != x) continue;
        const torch::jit::WithInsertPoint here{node};
        put(node, aten::gelu, {x, constant(std::string{"none"})});
        return true;
      } while (std::next_permutation(factors.begin(), factors.end()));
    }
    return false;
  }

  Graph& graph_;
  graph_facts& facts_;
};

}  // namespace

void replace_decomposed(Graph& graph, graph_facts& facts) {
  decomposed_ops{graph, facts}.run();
}

}  // namespace bramble
