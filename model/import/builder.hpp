#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/import/facts.hpp"

namespace bramble {

/// Constant tensors to use instead of the original arguments, by their position.
using replaced_constants = std::map<std::size_t, at::Tensor>;

/// Grows a `graph` op by op and remembers which torch value became which of ours. `place` stands in
/// front of every message.
class graph_builder {
 public:
  graph_builder(const graph_facts& facts, std::string name, std::string place);

  void add_input(const torch::jit::Value* value);
  void add_output(const torch::jit::Value* value);

  /// Appends `o`, whose outputs are made here from `results`.
  void emit(op o, const std::vector<const torch::jit::Value*>& results);
  /// Appends a call of the registry op behind `node` that runs whole.
  void emit_atom(const torch::jit::Node* node);
  /// `value` is the same tensor as `original`.
  void alias(const torch::jit::Value* value, const torch::jit::Value* original);
  /// `value` is one element of a list of tensors that an op returned.
  void alias_element(const torch::jit::Value* value, const torch::jit::Value* list, std::size_t i);

  bool is_value(const torch::jit::Value* value) const { return values_.count(value) != 0; }
  value_id value(const torch::jit::Value* value) const;
  weight_id weight(const torch::jit::Value* constant);
  weight_id weight(const at::Tensor& tensor);

  /// The registry call behind `node`, its arguments in the schema's order, some of them replaced by
  /// other constants.
  registry_call call_of(const torch::jit::Node* node, const replaced_constants& replaced = {});
  /// A name for people: "relu7" for the seventh `relu`.
  std::string next_name(const std::string& stem);

  const graph_facts& facts() const { return facts_; }

  graph model;
  std::vector<at::Tensor> weights;  ///< by weight_id, dense

 private:
  argument argument_of(const torch::jit::Value* value, const torch::jit::Node* user);
  argument argument_of_constant(const c10::IValue& constant, const torch::jit::Node* user);
  argument argument_of_list(const torch::jit::Node* list, const torch::jit::Node* user);
  value_id add_value(const tensor_facts& facts, op_id producer);
  [[noreturn]] void refuse(const torch::jit::Node* node, const std::string& why) const;

  const graph_facts& facts_;
  std::string place_;
  std::unordered_map<const torch::jit::Value*, value_id> values_;
  std::unordered_map<const torch::jit::Value*, std::vector<value_id>> lists_;
  std::unordered_map<const c10::TensorImpl*, weight_id> known_weights_;
  std::vector<at::Tensor> originals_;  ///< keeps the keys of `known_weights_` alive
  std::map<std::string, int> name_counts_;
};

/// The values (not weights) among a call's arguments, each once, in order.
std::vector<value_id> values_of(const registry_call& call);

}  // namespace bramble
