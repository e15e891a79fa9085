#include "model/import/memory_metadata.hpp"

#include <torch/csrc/jit/ir/constants.h>

#include "model/import/evaluate.hpp"

namespace bramble {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;
namespace attr = torch::jit::attr;
namespace prim = torch::jit::prim;

bool is_constant_tensor(const Node* node) {
  return node->kind() == prim::Constant && node->hasAttribute(attr::value) &&
         node->kindOf(attr::value) == torch::jit::AttributeKind::t;
}

/// Gives the constants of a graph that is about to be run memory of their own. What is written into
/// is seldom large, and which constants it reaches is only known after the run: all that are not
/// read by ordinary ops alone.
class spared_constants {
 public:
  explicit spared_constants(Graph& graph) {
    for (auto* node : graph.nodes()) {
      if (!is_constant_tensor(node) || !node->t(attr::value).defined() || !may_be_seen(node))
        continue;
      kept_.emplace_back(node, node->t(attr::value));
      node->t_(attr::value, node->t(attr::value).clone());
    }
  }
  spared_constants(const spared_constants&) = delete;
  spared_constants& operator=(const spared_constants&) = delete;
  ~spared_constants() {
    for (auto& [node, tensor] : kept_) node->t_(attr::value, tensor);
  }

 private:
  /// Whether some reader writes into it or makes a view of it. An op that LibTorch has no schema
  /// of (a list, say) might do both.
  static bool may_be_seen(const Node* constant) {
    for (const auto& use : constant->output()->uses()) {
      const auto* schema = use.user->maybeSchema();
      if (schema == nullptr || use.offset >= schema->arguments().size() ||
          schema->arguments()[use.offset].alias_info() != nullptr)
        return true;
    }
    return false;
  }

  std::vector<std::pair<Node*, at::Tensor>> kept_;
};

}  // namespace

bool memory_facts::same_place(const memory_facts& other) const {
  return storage == other.storage && shape == other.shape && strides == other.strides &&
         offset == other.offset && type == other.type;
}

bool memory_facts::is_plain() const {
  std::int64_t next = 1;
  for (auto axis = shape.size(); axis-- > 0; next *= shape[axis])
    if (shape[axis] != 1 && strides[axis] != next) return false;
  return offset == 0;
}

memory_record::memory_record(Graph& graph, const std::vector<at::Tensor>& inputs) {
  const spared_constants spare{graph};
  std::vector<at::Tensor> copies;
  for (const auto& input : inputs) copies.push_back(input.clone());
  for (std::size_t i = 0; i < copies.size(); ++i) note(graph.inputs().at(i), copies[i]);
  evaluate(graph, copies, [this](Node* node, const std::vector<c10::IValue>& results) {
    for (std::size_t i = 0; i < node->outputs().size(); ++i) note(node->output(i), results.at(i));
  });
}

void memory_record::note(const Value* value, const c10::IValue& what) {
  if (what.isTensor()) {
    if (what.toTensor().defined()) tensors_[value] = facts_of(what.toTensor());
  } else if (what.isTensorList()) {
    auto& list = lists_[value];
    for (const auto& item : what.toTensorVector()) list.push_back(facts_of(item));
  } else {
    others_[value] = what;
  }
}

memory_facts memory_record::facts_of(const at::Tensor& tensor) {
  memory_facts out;
  if (!tensor.defined()) return out;
  out.shape = tensor.sizes().vec();
  out.type = tensor.scalar_type();
  if (!tensor.has_storage()) return out;
  out.strides = tensor.strides().vec();
  out.offset = tensor.storage_offset();
  auto* storage = tensor.storage().unsafeGetStorageImpl();
  const auto number = storages_.size();
  out.storage = storages_.try_emplace(storage, number, tensor.storage().getWeakStorageImpl())
                    .first->second.first;
  return out;
}

const memory_facts* memory_record::tensor(const Value* value) const {
  const auto found = tensors_.find(value);
  return found == tensors_.end() ? nullptr : &found->second;
}

const std::vector<memory_facts>* memory_record::list(const Value* value) const {
  const auto found = lists_.find(value);
  return found == lists_.end() ? nullptr : &found->second;
}

c10::IValue memory_record::other(const Value* value) const {
  const auto found = others_.find(value);
  return found == others_.end() ? c10::IValue{} : found->second;
}

}  // namespace bramble
