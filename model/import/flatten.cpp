#include "model/import/flatten.hpp"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/common_subexpression_elimination.h>
#include <torch/csrc/jit/passes/constant_pooling.h>
#include <torch/csrc/jit/passes/constant_propagation.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/frozen_graph_optimizations.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/passes/lower_tuples.h>
#include <torch/csrc/jit/passes/peephole.h>

#include <algorithm>

#include "model/import/evaluate.hpp"
#include "model/import/functional.hpp"
#include "model/import/quiet.hpp"
#include "model/import/source_place.hpp"
#include "model/import/torch_error.hpp"
#include "model/import/windows.hpp"

namespace bramble {
namespace {

using c10::IValue;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Stack;
using torch::jit::Value;
namespace aten = torch::jit::aten;
namespace prim = torch::jit::prim;

std::shared_ptr<Graph> trace(const std::function<tensors(const tensors&)>& run,
                             const tensors& inputs) {
  const quiet_warnings quiet;
  const traced_source_lines lines;
  auto stacked = [&run](const Stack& stack) -> Stack {
    tensors arguments;
    for (const auto& item : stack) arguments.push_back(item.toTensor());
    const auto results = run(arguments);
    // The tracer asks outputs to depend on inputs; looked up once, one that does not is a constant.
    for (const auto& result : results) torch::jit::tracer::getValueTrace(result);
    return {results.begin(), results.end()};
  };
  const auto nameless = [](const at::Tensor&) { return std::string{}; };
  return torch::jit::tracer::trace({inputs.begin(), inputs.end()}, stacked, nameless,
                                   /*strict=*/true, /*force_outplace=*/false)
      .first->graph;
}

bool is_scalar_type(const c10::TypePtr& type) {
  if (const auto list = type->cast<c10::ListType>()) return is_scalar_type(list->getElementType());
  if (const auto optional = type->cast<c10::OptionalType>())
    return is_scalar_type(optional->getElementType());
  switch (type->kind()) {
    case c10::TypeKind::NumberType:
    case c10::TypeKind::IntType:
    case c10::TypeKind::FloatType:
    case c10::TypeKind::BoolType:
    case c10::TypeKind::StringType:
    case c10::TypeKind::DeviceObjType:
      return true;
    default:
      return false;
  }
}

bool makes_scalars(const Node* node) {
  return node->kind() != prim::Constant && !node->outputs().empty() &&
         std::all_of(node->outputs().begin(), node->outputs().end(),
                     [](const Value* output) { return is_scalar_type(output->type()); });
}

/// Sizes and other plain numbers computed on the way are constants, as the input's shape is fixed.
/// Numbers read out of a tensor are fixed as well; the comparison on other inputs refuses those
/// that were not constant.
void fold_scalars(Graph& graph, const tensors& example) {
  const auto nodes = graph.nodes();
  if (std::none_of(nodes.begin(), nodes.end(), makes_scalars)) return;
  std::vector<std::pair<Node*, std::vector<IValue>>> found;
  evaluate(graph, example, [&found](Node* node, const std::vector<IValue>& results) {
    if (makes_scalars(node)) found.emplace_back(node, results);
  });
  for (const auto& [node, results] : found) {
    const torch::jit::WithInsertPoint here{node};
    for (std::size_t i = 0; i < results.size(); ++i)
      node->output(i)->replaceAllUsesWith(graph.insertConstant(results[i]));
  }
}

bool is_false(const Value* value) {
  const auto constant = torch::jit::toIValue(value);
  return constant && constant->isBool() && !constant->toBool();
}

/// What gives back its first input when nothing is trained and memory layout does not matter.
bool is_identity(const Node* node) {
  static const auto layout_only = {
      c10::Symbol::fromQualString("aten::contiguous"), c10::Symbol::fromQualString("aten::detach"),
      c10::Symbol::fromQualString("aten::clone"), c10::Symbol::fromQualString("aten::alias"),
      c10::Symbol::fromQualString("prim::unchecked_cast")};
  static const auto training_only = {c10::Symbol::fromQualString("aten::dropout"),
                                     c10::Symbol::fromQualString("aten::feature_dropout"),
                                     c10::Symbol::fromQualString("aten::alpha_dropout"),
                                     c10::Symbol::fromQualString("aten::feature_alpha_dropout")};
  const auto kind = node->kind();
  if (std::count(layout_only.begin(), layout_only.end(), kind) != 0) return true;
  return std::count(training_only.begin(), training_only.end(), kind) != 0 &&
         is_false(node->input(2));
}

/// `view` insists on the memory layout of the traced run; maps lie as NHWC on our nodes, and copies
/// that only changed the layout are about to go. `reshape` is the same without that.
void forget_layout(Graph& graph) {
  for (auto it = graph.nodes().begin(); it != graph.nodes().end(); ++it) {
    const bool is_view = it->kind() == aten::view && it->schema().overload_name().empty();
    if (!is_view && it->kind() != c10::Symbol::fromQualString("aten::_unsafe_view")) continue;
    auto* reshape = graph.create(aten::reshape, it->inputs())->insertBefore(*it);
    reshape->setSourceRange(it->sourceRange());
    reshape->output()->copyMetadata(it->output());
    it->output()->replaceAllUsesWith(reshape->output());
    it.destroyCurrent();
  }
}

void remove_identities(Graph& graph) {
  for (auto it = graph.nodes().begin(); it != graph.nodes().end(); ++it) {
    if (!is_identity(*it)) continue;
    it->output()->replaceAllUsesWith(it->input(0));
    it.destroyCurrent();
  }
}

void clean_up(std::shared_ptr<Graph>& graph, const tensors& example, const std::string& place) {
  using namespace torch::jit;  // NOLINT(google-build-using-namespace): ten passes in a row
  Inline(*graph);
  LowerSimpleTuples(graph);
  make_functional(*graph, example, place);
  forget_layout(*graph);
  remove_identities(*graph);
  ConstantPropagation(graph);
  if (cuts_windows(*graph)) fix_what_masks_are_made_of(*graph);
  PeepholeOptimize(graph);
  EliminateDeadCode(graph);
  fold_scalars(*graph, example);
  EliminateCommonSubexpression(graph);
  ConstantPropagation(graph);
  OptimizeFrozenGraph(graph);
  ConstantPropagation(graph);
  EliminateDeadCode(graph);
  ConstantPooling(graph);
}

}  // namespace

flat_model flatten(const std::function<tensors(const tensors&)>& run, const tensors& inputs,
                   const std::string& place) {
  const at::NoGradGuard no_grad;
  return with_torch_errors(place, [&]() -> flat_model {
    auto graph = trace(run, inputs);
    clean_up(graph, inputs, place);
    return {std::move(graph), inputs, {}, {}};
  });
}

}  // namespace bramble
