#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/graph/graph.hpp"
#include "model/import/flatten.hpp"

namespace bramble {

/// Shape and type of one tensor of a flat graph, as it was in a run.
struct tensor_facts {
  std::vector<std::int64_t> shape;
  at::ScalarType type = at::kFloat;
  bool defined = true;  ///< some ops leave results out, e.g. attention weights nobody asked for

  bool is_map() const {
    return defined && type == at::kFloat && shape.size() == 4 && shape[0] == 1;
  }
};

/// What one run of a flat graph on its example tells of every value that is no constant.
class graph_facts {
 public:
  explicit graph_facts(const flat_model& flat);

  /// Null for constants, numbers and lists.
  const tensor_facts* tensor(const torch::jit::Value* value) const;
  bool is_map(const torch::jit::Value* value) const;
  /// The elements of a list of tensors that an op returned; null for anything else.
  const std::vector<tensor_facts>* list(const torch::jit::Value* value) const;
  /// What a value that was put into the graph since is.
  void add(const torch::jit::Value* value, tensor_facts facts);
  /// `before` gave way to `after` in the graph, the same tensor.
  void replace(const torch::jit::Value* before, const torch::jit::Value* after);

 private:
  std::unordered_map<const torch::jit::Value*, tensor_facts> tensors_;
  std::unordered_map<const torch::jit::Value*, std::vector<tensor_facts>> lists_;
};

bool is_op(const torch::jit::Node* node, const char* name);

/// Readers of constant arguments; empty when the value is not a constant of that type.
std::optional<at::Tensor> constant_tensor(const torch::jit::Value* value);
std::optional<std::int64_t> constant_int(const torch::jit::Value* value);
std::optional<bool> constant_bool(const torch::jit::Value* value);
std::optional<double> constant_number(const torch::jit::Value* value);
std::optional<std::vector<std::int64_t>> constant_ints(const torch::jit::Value* value);
bool is_none(const torch::jit::Value* value);
/// One number for both axes or one for each.
std::optional<std::array<std::int64_t, 2>> constant_pair(const torch::jit::Value* value);

/// Throws `user_error` (starting with `place`) for types no graph can hold.
element_type element_type_of(at::ScalarType type, const std::string& place);

}  // namespace bramble
