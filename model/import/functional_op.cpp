#include "model/import/functional_op.hpp"

#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>

namespace bramble {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

/// "aten::add_" is "aten::add", "aten::__ior__" is "aten::__or__"; an op that writes into an
/// argument `out` has the same name without it.
std::string functional_name(std::string name) {
  static const std::string in_place = "aten::__i";
  if (name.starts_with(in_place) && name.ends_with("__")) return name.erase(in_place.size() - 1, 1);
  if (name.ends_with("_") && !name.ends_with("__")) name.pop_back();
  return name;
}

Value* emit(Graph& graph, const char* op, const std::vector<Value*>& inputs) {
  return graph.insertNode(graph.create(c10::Symbol::fromQualString(op), inputs))->output();
}

bool is_written(const c10::Argument& argument) {
  return argument.alias_info() != nullptr && argument.alias_info()->isWrite();
}

/// The inputs that a functional form of `schema` would take: all but those that are written only
/// (`out`), of which the last arguments by keyword are made.
std::vector<std::size_t> read_arguments(const c10::FunctionSchema& schema) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < schema.arguments().size(); ++i)
    if (!is_written(schema.arguments()[i]) || !schema.arguments()[i].kwarg_only()) out.push_back(i);
  return out;
}

bool fits(const c10::FunctionSchema& candidate, const c10::FunctionSchema& schema,
          const std::vector<std::size_t>& read, std::size_t written) {
  if (candidate.is_mutable() || candidate.arguments().size() != read.size() ||
      candidate.returns().size() != written)
    return false;
  for (std::size_t i = 0; i < read.size(); ++i) {
    const auto &a = candidate.arguments()[i], &b = schema.arguments()[read[i]];
    if (*a.type() != *b.type()) return false;
  }
  return true;
}

}  // namespace

std::vector<std::size_t> written_arguments(const Node* node) {
  const auto* schema = node->maybeSchema();
  if (schema == nullptr || !schema->is_mutable()) return {};
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < schema->arguments().size(); ++i)
    if (is_written(schema->arguments()[i])) out.push_back(i);
  return out;
}

std::optional<std::string> reshapes_itself(const Node* node) {
  for (const auto* name : {"aten::unsqueeze_", "aten::squeeze_", "aten::transpose_", "aten::t_",
                           "aten::swapaxes_", "aten::swapdims_", "aten::detach_"}) {
    const std::string text{name};
    if (text == node->kind().toQualString()) return text.substr(0, text.size() - 1);
  }
  return {};
}

bool decides(const Node* node) {
  const auto name = functional_name(node->kind().toUnqualString());
  for (const auto* each : {"eq", "ne", "not_equal", "lt", "less", "le", "less_equal", "gt",
                           "greater", "ge", "greater_equal"})
    if (name == each) return true;
  return name.starts_with("logical_");
}

Value* of_type(Graph& graph, Value* x, at::ScalarType type) {
  return emit(
      graph, "aten::to",
      {x, graph.insertConstant(static_cast<std::int64_t>(type)), graph.insertConstant(false),
       graph.insertConstant(false), graph.insertConstant(c10::IValue{})});
}

Value* fitted(Graph& graph, Value* x, const memory_facts& from, const memory_facts& to) {
  if (from.type != to.type) x = of_type(graph, x, to.type);
  if (from.shape == to.shape) return x;
  return emit(graph, "aten::expand",
              {x, graph.insertConstant(to.shape), graph.insertConstant(false)});
}

Value* filled(Graph& graph, Value* number, const memory_facts& to) {
  auto* nothing = graph.insertConstant(c10::IValue{});
  return emit(
      graph, "aten::full",
      {graph.insertConstant(to.shape), number,
       graph.insertConstant(static_cast<std::int64_t>(to.type)), nothing, nothing, nothing});
}

Node* functional_op(Graph& graph, const Node* node) {
  const auto& schema = node->schema();
  const auto name = c10::Symbol::fromQualString(functional_name(node->kind().toQualString()));
  const auto read = read_arguments(schema);
  const auto written = written_arguments(node).size();
  const auto& all = torch::jit::getAllOperatorsFor(name);
  const bool known = std::any_of(all.begin(), all.end(), [&](const auto& each) {
    return fits(each->schema(), schema, read, written);
  });
  if (!known) return nullptr;
  std::vector<Value*> inputs;
  for (auto i : read) inputs.push_back(const_cast<Node*>(node)->input(i));
  auto* made = graph.create(name, inputs, written);
  made->setSourceRange(node->sourceRange());
  return graph.insertNode(made);
}

}  // namespace bramble
