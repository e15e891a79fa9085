#include "model/import/data_dependence.hpp"

#include <algorithm>
#include <unordered_map>

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

std::string place_of(Node* node) {
  const auto place = node->sourceRange().file_line_col();
  if (!place) return {};
  return " at " + std::get<0>(*place) + ":" + std::to_string(std::get<1>(*place));
}

std::string find(Block* block, tracker& values) {
  for (auto* node : block->nodes()) {
    std::vector<Value*> conditions;
    if (node->kind() == prim::If) conditions = {node->input(0)};
    if (node->kind() == prim::Loop)
      conditions = {node->input(0), node->input(1), node->blocks().at(0)->outputs().at(0)};
    for (auto* condition : conditions)
      if (values.from_content(condition))
        return std::string{node->kind() == prim::If ? "an if" : "a loop"} + " decided by " +
               condition->node()->kind().toQualString() + place_of(node);
    for (auto* nested : node->blocks())
      if (auto text = find(nested, values); !text.empty()) return text;
  }
  return {};
}

}  // namespace

std::string data_dependent_branch(torch::jit::Graph& graph) {
  tracker values;
  return find(graph.block(), values);
}

}  // namespace bramble
