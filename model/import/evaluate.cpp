#include "model/import/evaluate.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/core/stack.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <stdexcept>
#include <unordered_map>

#include "model/import/source_place.hpp"
#include "model/import/torch_error.hpp"

namespace bramble {
namespace {

using c10::IValue;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Stack;
using torch::jit::Value;
namespace prim = torch::jit::prim;

IValue make_list(Node* node, const Stack& items) {
  const auto element = node->output()->type()->expectRef<c10::ListType>().getElementType();
  c10::impl::GenericList list{element};
  list.reserve(items.size());
  for (const auto& item : items) list.push_back(item);
  return list;
}

Stack unpack(const IValue& container) {
  if (container.isTuple()) {
    const auto& elements = container.toTupleRef().elements();
    return Stack(elements.begin(), elements.end());
  }
  Stack items;
  for (const auto& item : container.toListRef()) items.push_back(item);
  return items;
}

/// The few nodes that LibTorch's interpreter handles itself; all others are in its registry.
Stack execute(Node* node, Stack stack) {
  switch (node->kind()) {
    case prim::Constant:
      return {*torch::jit::toIValue(node->output())};
    case prim::ListConstruct:
      return {make_list(node, stack)};
    case prim::TupleConstruct:
      return {c10::ivalue::Tuple::create(std::move(stack))};
    case prim::ListUnpack:
    case prim::TupleUnpack:
      return unpack(stack.at(0));
    default:
      break;
  }
  if (!node->blocks().empty() || !node->maybeOperator())
    throw std::runtime_error("it cannot be run by itself");
  node->getOperation()(stack);
  return stack;
}

class evaluation {
 public:
  evaluation(Graph& graph, const node_observer& observer) : graph_{graph}, observer_{observer} {
    for (auto* node : graph_.nodes())
      for (auto* input : node->inputs()) last_use_[input] = node;
    for (auto* output : graph_.outputs()) last_use_[output] = nullptr;
  }

  std::vector<at::Tensor> run(const std::vector<at::Tensor>& inputs) {
    for (std::size_t i = 0; i < inputs.size(); ++i) values_[graph_.inputs().at(i)] = inputs[i];
    for (auto* node : graph_.nodes()) step(node);
    std::vector<at::Tensor> outputs;
    for (auto* output : graph_.outputs()) outputs.push_back(values_.at(output).toTensor());
    return outputs;
  }

 private:
  static Stack run(Node* node, Stack stack) {
    try {
      return execute(node, std::move(stack));
    } catch (const std::exception& error) {
      throw std::runtime_error("the op " + op_and_place(node) + ": " + reason_of(error));
    }
  }

  void step(Node* node) {
    Stack stack;
    stack.reserve(node->inputs().size());
    for (auto* input : node->inputs()) stack.push_back(values_.at(input));
    const auto results = run(node, std::move(stack));
    if (observer_) observer_(node, results);
    for (std::size_t i = 0; i < node->outputs().size(); ++i)
      if (last_use_.count(node->output(i)) != 0) values_[node->output(i)] = results.at(i);
    for (auto* input : node->inputs())
      if (last_use_.at(input) == node) values_.erase(input);
  }

  Graph& graph_;
  const node_observer& observer_;
  std::unordered_map<Value*, Node*> last_use_;
  std::unordered_map<Value*, IValue> values_;
};

}  // namespace

std::vector<at::Tensor> evaluate(Graph& graph, const std::vector<at::Tensor>& inputs,
                                 const node_observer& observer) {
  const at::NoGradGuard no_grad;
  return evaluation{graph, observer}.run(inputs);
}

}  // namespace bramble
