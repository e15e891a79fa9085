#include <ATen/TracerMode.h>
#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/runtime/custom_operator.h>

#include "model/import/torchscript_file.hpp"
#include "model/import/unpack.hpp"

namespace bramble {
namespace {

using torch::jit::Node;
using torch::jit::Stack;

/// `aten::tensor`, run where the tracer does not look; it then takes the result, which it has not
/// seen, for a constant. The copy is seen: code may go on to write into it.
void make_literal(const torch::jit::Operator& make, Stack& stack) {
  at::Tensor made;
  {
    const at::tracer::impl::NoTracerDispatchMode unseen;
    make.getOperation()(stack);
    made = torch::jit::pop(stack).toTensor().detach();
  }
  stack.emplace_back(made.clone());
}

void make_list_literal(Stack& stack) {
  static const auto make = torch::jit::getOperatorForLiteral(
      "aten::tensor(t[] data, *, ScalarType? dtype=None, Device? device=None, bool "
      "requires_grad=False) -> Tensor");
  make_literal(*make, stack);
}

void make_truth_literal(Stack& stack) {
  static const auto make = torch::jit::getOperatorForLiteral(
      "aten::tensor.bool(bool t, *, ScalarType? dtype=None, Device? device=None, bool "
      "requires_grad=False) -> Tensor");
  make_literal(*make, stack);
}

const torch::jit::RegisterOperators registered{
    {torch::jit::Operator("bramble::literal_tensor(t[] data, *, ScalarType? dtype=None, Device? "
                          "device=None, bool requires_grad=False) -> Tensor",
                          make_list_literal, c10::AliasAnalysisKind::FROM_SCHEMA),
     torch::jit::Operator("bramble::literal_tensor.bool(bool t, *, ScalarType? dtype=None, Device? "
                          "device=None, bool requires_grad=False) -> Tensor",
                          make_truth_literal, c10::AliasAnalysisKind::FROM_SCHEMA)}};

/// Numbers in a list, which LibTorch fills in where no tracer looks; and a truth value, which it
/// fills in by an op that takes a number, so that what is traced is no call of any op.
bool hides_from_tracer(const c10::TypePtr& data) {
  return data->kind() == c10::TypeKind::ListType || data->kind() == c10::TypeKind::BoolType;
}

}  // namespace

void show_literal_tensors(torch::jit::Module& module) {
  each_graph(module, [](torch::jit::Graph& graph) {
    each_node(graph.block(), [&graph](Node* node) {
      const bool is_tensor = node->kind() == c10::Symbol::fromQualString("aten::tensor"),
                 is_as_tensor = node->kind() == c10::Symbol::fromQualString("aten::as_tensor");
      if ((!is_tensor && !is_as_tensor) || !hides_from_tracer(node->input(0)->type())) return;
      const torch::jit::WithInsertPoint here{node};
      auto inputs = node->inputs().vec();
      if (is_as_tensor) inputs.push_back(graph.insertConstant(false));  // it takes no gradients
      auto* shown = graph.create(c10::Symbol::fromQualString("bramble::literal_tensor"), inputs);
      shown->setSourceRange(node->sourceRange());
      graph.insertNode(shown);
      node->output()->replaceAllUsesWith(shown->output());
      node->destroy();
    });
  });
}

}  // namespace bramble
