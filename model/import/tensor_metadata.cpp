#include "model/import/tensor_metadata.hpp"

#include <torch/csrc/jit/ir/constants.h>

#include "model/import/evaluate.hpp"

namespace bramble {
namespace {

using torch::jit::Node;
using torch::jit::Value;

tensor_facts facts_of(const at::Tensor& tensor) {
  if (!tensor.defined()) return {{}, at::kFloat, false};
  return {tensor.sizes().vec(), tensor.scalar_type(), true};
}

}  // namespace

graph_facts::graph_facts(const flat_model& flat) {
  for (std::size_t i = 0; i < flat.example.size(); ++i)
    tensors_[flat.graph->inputs().at(i)] = facts_of(flat.example[i]);
  evaluate(*flat.graph, flat.example, [this](Node* node, const std::vector<c10::IValue>& results) {
    if (node->kind() == torch::jit::prim::Constant) return;
    for (std::size_t i = 0; i < node->outputs().size(); ++i) {
      const auto& result = results.at(i);
      if (result.isTensor()) tensors_[node->output(i)] = facts_of(result.toTensor());
      if (!result.isTensorList()) continue;
      auto& items = lists_[node->output(i)];
      for (const auto& item : result.toTensorVector()) items.push_back(facts_of(item));
    }
  });
}

const tensor_facts* graph_facts::tensor(const Value* value) const {
  const auto found = tensors_.find(value);
  return found == tensors_.end() ? nullptr : &found->second;
}

bool graph_facts::is_map(const Value* value) const {
  const auto* facts = tensor(value);
  return facts != nullptr && facts->is_map();
}

const std::vector<tensor_facts>* graph_facts::list(const Value* value) const {
  const auto found = lists_.find(value);
  return found == lists_.end() ? nullptr : &found->second;
}

void graph_facts::add(const Value* value, tensor_facts facts) {
  tensors_[value] = std::move(facts);
}

void graph_facts::replace(const Value* before, const Value* after) {
  auto facts = tensors_.at(before);
  tensors_.erase(before);
  tensors_[after] = std::move(facts);
}

bool is_op(const Node* node, const char* name) {
  return node->kind() == c10::Symbol::fromQualString(name);
}

std::optional<at::Tensor> constant_tensor(const Value* value) {
  const auto constant = torch::jit::toIValue(value);
  if (!constant || !constant->isTensor() || !constant->toTensor().defined()) return {};
  return constant->toTensor();
}

std::optional<std::int64_t> constant_int(const Value* value) {
  const auto constant = torch::jit::toIValue(value);
  if (!constant || !constant->isInt()) return {};
  return constant->toInt();
}

std::optional<bool> constant_bool(const Value* value) {
  const auto constant = torch::jit::toIValue(value);
  if (!constant || !constant->isBool()) return {};
  return constant->toBool();
}

std::optional<double> constant_number(const Value* value) {
  const auto constant = torch::jit::toIValue(value);
  if (!constant || !(constant->isInt() || constant->isDouble())) return {};
  return constant->toScalar().toDouble();
}

bool is_none(const Value* value) {
  const auto constant = torch::jit::toIValue(value);
  return constant && constant->isNone();
}

std::optional<std::vector<std::int64_t>> constant_ints(const Value* value) {
  const auto constant = torch::jit::toIValue(value);
  if (!constant || !constant->isIntList()) return {};
  return constant->toIntVector();
}

std::optional<std::array<std::int64_t, 2>> constant_pair(const Value* value) {
  const auto numbers = constant_ints(value);
  if (numbers && numbers->size() == 1) return {{numbers->front(), numbers->front()}};
  if (numbers && numbers->size() == 2) return {{numbers->front(), numbers->back()}};
  return {};
}

element_type element_type_of(at::ScalarType type, const std::string& place) {
  switch (type) {
    case at::kFloat:
      return element_type::f32;
    case at::kHalf:
      return element_type::f16;
    case at::kDouble:
      return element_type::f64;
    case at::kLong:
      return element_type::i64;
    case at::kInt:
      return element_type::i32;
    case at::kShort:
      return element_type::i16;
    case at::kChar:
      return element_type::i8;
    case at::kByte:
      return element_type::u8;
    case at::kBool:
      return element_type::boolean;
    default:
      throw user_error(place + ": the model works with tensors of type " + c10::toString(type) +
                       ", which cannot be stored.");
  }
}

}  // namespace bramble
