#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/import/arrangement.hpp"
#include "model/import/tensor_metadata.hpp"

namespace bramble {

/// What to use instead of the original arguments, by their position.
using replaced_arguments = std::map<std::size_t, argument>;

/// How a tensor of the model lies in a map that carries it. In memory, where maps are rows of
/// pixels of channels, `channels_last` is the tensor itself.
enum class tensor_form {
  channels_first,  ///< 1xCx..: the other axes, flattened, are the map's pixels
  channels_last,   ///< ..xC: likewise
  flat,            ///< 1xF, the map's channels, rows and columns flattened
  arranged         ///< anything else that `carried_tensor::how` can say
};

/// A map in which a tensor of the model is kept, so that what follows can be divided.
struct carried_tensor {
  value_id map = no_id;
  tensor_form form = tensor_form::channels_first;
  arrangement how = {};  ///< of `arranged` only
};

/// Grows a `graph` op by op and remembers which torch value became which of ours. `place` stands in
/// front of every message.
class graph_builder {
 public:
  graph_builder(const graph_facts& facts, std::string name, std::string place);

  void add_input(const torch::jit::Value* value);
  void add_output(const torch::jit::Value* value);

  /// Appends `o`, whose outputs are made here from `results`.
  void emit(op o, const std::vector<const torch::jit::Value*>& results);
  /// Appends `o`, whose one output is a float tensor of this shape and stands for no torch value
  /// yet.
  value_id append(op o, std::vector<std::int64_t> shape);
  /// From now on `value` is kept in a map; `value()` makes the tensor itself where it is asked for.
  void carry(const torch::jit::Value* value, carried_tensor carried);
  /// The map that keeps `value`: itself, if it is a map.
  std::optional<carried_tensor> carried(const torch::jit::Value* value) const;
  /// Appends a call of the registry op behind `node` that runs whole.
  void emit_atom(const torch::jit::Node* node);
  /// `value` is the same tensor as `original`.
  void alias(const torch::jit::Value* value, const torch::jit::Value* original);
  /// `value` is one element of a list of tensors that an op returned.
  void alias_element(const torch::jit::Value* value, const torch::jit::Value* list, std::size_t i);

  bool is_value(const torch::jit::Value* value) const {
    return values_.count(value) != 0 || carried_.count(value) != 0;
  }
  /// False for what is only carried in a map so far.
  bool is_made(const torch::jit::Value* value) const { return values_.count(value) != 0; }
  /// The tensor itself.
  value_id value(const torch::jit::Value* value);
  const std::vector<std::int64_t>& shape(value_id id) const { return model.values[id].shape; }
  weight_id weight(const torch::jit::Value* constant);
  weight_id weight(const at::Tensor& tensor);

  /// The registry call behind `node`, its arguments in the schema's order, some of them replaced.
  registry_call call_of(const torch::jit::Node* node, const replaced_arguments& replaced = {});
  /// A name for people: "relu7" for the seventh `relu`.
  std::string next_name(const std::string& stem);

  const graph_facts& facts() const { return facts_; }

  graph model;
  std::vector<at::Tensor> weights;  ///< by weight_id, dense
  bool multiplies_tokens = false;   ///< the graph has products of tensors that are no constants
  bool cuts_windows = false;        ///< they are of windows of pixels

 private:
  argument argument_of(const torch::jit::Value* value, const torch::jit::Node* user);
  argument argument_of_constant(const c10::IValue& constant, const torch::jit::Node* user);
  argument argument_of_list(const torch::jit::Node* list, const torch::jit::Node* user);
  value_id add_value(const tensor_facts& facts, op_id producer);
  value_id made_of(const carried_tensor& from, const std::vector<std::int64_t>& shape);
  value_id rearranged(const carried_tensor& from, const std::vector<std::int64_t>& wanted);
  [[noreturn]] void refuse(const torch::jit::Node* node, const std::string& why) const;

  const graph_facts& facts_;
  std::string place_;
  std::unordered_map<const torch::jit::Value*, value_id> values_;
  std::unordered_map<const torch::jit::Value*, carried_tensor> carried_;
  std::unordered_map<const torch::jit::Value*, std::vector<value_id>> lists_;
  std::unordered_map<const c10::TensorImpl*, weight_id> known_weights_;
  std::vector<at::Tensor> originals_;  ///< keeps the keys of `known_weights_` alive
  std::map<std::string, int> name_counts_;
};

/// The map of these channels of another, in this order; itself, where those are all of them.
value_id selected(graph_builder& builder, value_id map, std::vector<std::int64_t> channels);

/// A reshape to this shape: the same bytes in memory.
op reshape_op(graph_builder& builder, value_id from);

/// The values (not weights) among a call's arguments, each once, in order.
std::vector<value_id> values_of(const registry_call& call);

}  // namespace bramble
