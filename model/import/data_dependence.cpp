#include "model/import/data_dependence.hpp"

#include <algorithm>
#include <unordered_map>

#include "model/import/source_place.hpp"

namespace bramble {
namespace {

using torch::jit::Block;
using torch::jit::Node;
using torch::jit::Value;
namespace prim = torch::jit::prim;

/// Ops that make a plain number out of a tensor's content; every other op that makes plain numbers
/// (sizes, types, devices) looks only at what is fixed.
bool reads_content(const Node* node) {
  static const std::vector<std::string> names{"aten::Bool",
                                              "aten::Int",
                                              "aten::Float",
                                              "aten::item",
                                              "aten::IntImplicit",
                                              "aten::FloatImplicit",
                                              "aten::equal",
                                              "aten::ScalarImplicit",
                                              "aten::is_nonzero",
                                              "aten::allclose",
                                              "aten::_local_scalar_dense",
                                              "prim::tolist"};
  return std::find(names.begin(), names.end(), node->kind().toQualString()) != names.end();
}

bool is_number(const c10::TypePtr& type) {
  if (const auto list = type->cast<c10::ListType>()) return is_number(list->getElementType());
  if (const auto optional = type->cast<c10::OptionalType>())
    return is_number(optional->getElementType());
  return type->kind() != c10::TypeKind::TensorType && type->kind() != c10::TypeKind::TupleType;
}

class tracker {
 public:
  /// Whether the content of a graph input can reach `value`.
  bool from_content(Value* value) {
    const auto known = known_.find(value);
    if (known != known_.end()) return known->second;
    known_[value] = false;  // a loop that feeds itself adds nothing
    return known_[value] = compute(value);
  }

 private:
  bool compute(Value* value) {
    auto* node = value->node();
    if (node->kind() == prim::Param)
      return node->owningBlock()->owningNode() == nullptr && !is_number(value->type());
    if (node->kind() == prim::Constant || node->kind() == prim::GetAttr) return false;
    const bool sees_content = !is_number(value->type()) || reads_content(node);
    for (auto* input : node->inputs())
      if ((sees_content || is_number(input->type())) && from_content(input)) return true;
    for (auto* block : node->blocks())
      for (auto* output : block->outputs())
        if (from_content(output)) return true;
    return false;
  }

  std::unordered_map<Value*, bool> known_;
};

/// What decides which way a node goes on, or how often.
std::vector<Value*> conditions_of(Node* node) {
  if (node->kind() == prim::If) return {node->input(0)};
  if (node->kind() != prim::Loop) return {};
  return {node->input(0), node->input(1), node->blocks().at(0)->outputs().at(0)};
}

std::string find(Block* block, tracker& values) {
  for (auto* node : block->nodes()) {
    for (auto* condition : conditions_of(node))
      if (values.from_content(condition))
        return std::string{node->kind() == prim::If ? "an if" : "a loop"} + " decided by " +
               condition->node()->kind().toQualString() + place_of(node);
    for (auto* nested : node->blocks())
      if (auto text = find(nested, values); !text.empty()) return text;
  }
  return {};
}

std::string find_number(Block* block, tracker& values) {
  for (auto* node : block->nodes()) {
    if (reads_content(node))
      for (auto* output : node->outputs())
        if (values.from_content(output)) return "a number read by " + op_and_place(node);
    for (auto* nested : node->blocks())
      if (auto text = find_number(nested, values); !text.empty()) return text;
  }
  return {};
}

/// LibTorch's tracer forgets a tensor that these give another size, and takes what it becomes for a
/// constant.
std::string find_untraced(Block* block) {
  for (auto* node : block->nodes()) {
    for (const auto* name : {"aten::resize_", "aten::resize_as_", "aten::set_"})
      if (node->kind() == c10::Symbol::fromQualString(name)) return op_and_place(node);
    for (auto* nested : node->blocks())
      if (auto text = find_untraced(nested); !text.empty()) return text;
  }
  return {};
}

}  // namespace

decisions find_decisions(torch::jit::Graph& graph) {
  tracker values;
  return {find(graph.block(), values), find_number(graph.block(), values),
          find_untraced(graph.block())};
}

}  // namespace bramble
