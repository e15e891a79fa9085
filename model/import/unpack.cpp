#include "model/import/unpack.hpp"

#include <torch/csrc/jit/ir/constants.h>

#include "config/base/error.hpp"
#include "model/import/source_place.hpp"
#include "model/import/torchscript_file.hpp"

namespace bramble {
namespace {

using c10::IValue;
using torch::jit::Graph;
using torch::jit::Module;
using torch::jit::Node;
using torch::jit::Value;
namespace prim = torch::jit::prim;

/// What a value of a method's graph is: attributes of the module are followed. Empty when it is
/// only known at run time.
c10::optional<IValue> content(const Value* value, const Graph& graph, const Module& self) {
  if (value == graph.inputs().at(0)) return IValue{self._ivalue()};
  auto* node = value->node();
  if (node->kind() == prim::Constant) return torch::jit::toIValue(value);
  if (node->kind() != prim::GetAttr) return {};
  const auto from = content(node->input(0), graph, self);
  if (!from || !from->isObject()) return {};
  return from->toObjectRef().getAttr(node->s(torch::jit::attr::name));
}

/// The numbers and tensors that a packed op was made of.
std::vector<IValue> parts_of(const IValue& packed) {
  const auto* method = packed.type()->expectRef<c10::ClassType>().findMethod("__getstate__");
  if (method == nullptr) return {};
  auto state = const_cast<torch::jit::Function&>(*method)({packed});
  if (!state.isTuple()) return {};
  const auto& elements = state.toTupleRef().elements();
  // Braces would make a list of two flags of the pointers.
  return std::vector<IValue>(elements.begin(), elements.end());
}

Value* clamped(Graph& graph, Value* x, const IValue& least, const IValue& most) {
  if (least.isNone() && most.isNone()) return x;
  return graph
      .insertNode(graph.create(torch::jit::aten::clamp,
                               {x, graph.insertConstant(least), graph.insertConstant(most)}))
      ->output();
}

/// The arguments that follow the input: (weight, bias, stride, padding, dilation, groups) of a
/// convolution, with output padding in front of the groups of a transposed one, (weight, bias) of
/// a linear layer; the two limits are last in all states.
struct packed_op {
  const char* packed;
  const char* plain;
  std::vector<std::size_t> arguments;
};

const std::vector<packed_op>& packed_ops() {
  static const std::vector<packed_op> all{
      {"prepacked::conv2d_clamp_run", "aten::conv2d", {0, 1, 2, 3, 4, 5}},
      // State: weight, bias, stride, padding, output padding, dilation, groups.
      {"prepacked::conv2d_transpose_clamp_run", "aten::conv_transpose2d", {0, 1, 2, 3, 4, 6, 5}},
      {"prepacked::linear_clamp_run", "aten::linear", {0, 1}}};
  return all;
}

bool unpack(Node* node, const packed_op& op, const Module& self) {
  auto& graph = *node->owningGraph();
  const auto packed = content(node->input(1), graph, self);
  if (!packed || !packed->isObject()) return false;
  const auto parts = parts_of(*packed);
  if (parts.size() < op.arguments.size() + 2) return false;
  const torch::jit::WithInsertPoint here{node};
  std::vector<Value*> inputs{node->input(0)};
  for (auto i : op.arguments) {
    auto part = parts[i];
    if (part.isTensor()) part = part.toTensor().contiguous();
    inputs.push_back(graph.insertConstant(part));
  }
  auto* plain = graph.create(c10::Symbol::fromQualString(op.plain), inputs);
  plain->setSourceRange(node->sourceRange());
  graph.insertNode(plain);
  node->output()->replaceAllUsesWith(
      clamped(graph, plain->output(), parts[parts.size() - 2], parts.back()));
  return true;
}

/// A weight that is kept as whole numbers, made float: a float weight.
bool dequantise(Node* node, const Module& self) {
  auto& graph = *node->owningGraph();
  const auto weight = content(node->input(0), graph, self);
  if (!weight || !weight->isTensor() || !weight->toTensor().is_quantized()) return false;
  const torch::jit::WithInsertPoint here{node};
  node->output()->replaceAllUsesWith(graph.insertConstant(weight->toTensor().dequantize()));
  return true;
}

void unpack(Node* node, const Module& self, const std::string& file) {
  const std::string kind = node->kind().toQualString();
  if (kind == "aten::dequantize" && dequantise(node, self)) return node->destroy();
  if (kind.starts_with("quantized::") || kind.starts_with("aten::quantize_per_"))
    throw user_error(file + ": the model is quantised (" + op_and_place(node) +
                     "), and such weights and answers belong to one kind of kernel; import the "
                     "float model that it was made from.");
  if (kind.starts_with("mkldnn") || kind.starts_with("prim::MKLDNN"))
    throw user_error(file + ": the model was changed by `torch.jit.optimize_for_inference` (" +
                     op_and_place(node) + "); import it as it was before that.");
  if (!kind.starts_with("prepacked::") && !kind.starts_with("metal") && !kind.starts_with("vulkan"))
    return;
  for (const auto& op : packed_ops())
    if (kind == op.packed && unpack(node, op, self)) return node->destroy();
  throw user_error(file + ": the model was packed for one kind of processor (" +
                   op_and_place(node) + "); import it as it was before `optimize_for_mobile`.");
}

}  // namespace

void unpack_ops(Module& module, const std::string& file) {
  for (const auto& part : module.modules())
    for (const auto& method : part.get_methods()) {
      each_node(method.graph()->block(), [&](Node* node) { unpack(node, part, file); });
    }
  each_graph(module, [&](Graph& graph) {
    each_node(graph.block(), [&](Node* node) { unpack(node, module, file); });
  });
}

}  // namespace bramble
