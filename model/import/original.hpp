#pragma once

#include <torch/csrc/jit/api/module.h>

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/import/flatten.hpp"

namespace bramble {

/// One tensor that a model takes.
struct model_input {
  std::string name;
  std::vector<std::int64_t> shape;
  std::optional<at::ScalarType> type;  ///< empty: nobody said
};

/// The model of a TorchScript file, or of an ONNX file as one, ready to be run on tensors: its
/// other arguments are bound, what was packed for another use is unpacked, and short weights are
/// widened.
class original_model {
 public:
  /// Throws `user_error` for what is no such file, takes other inputs, or cannot be run here.
  original_model(const std::string& file, const import_inputs& inputs);

  /// All tensors of the answer, in order. The inputs stay as they are.
  tensors call(const tensors& inputs);
  /// What the model calls the tensors of its last answer: keys of a dictionary, fields of a named
  /// tuple, outputs of an ONNX file; "" for one that has no name.
  const std::vector<std::string>& output_names() const { return output_names_; }

  const std::vector<model_input>& inputs() const { return inputs_; }
  torch::jit::Module& module() { return module_; }
  /// Some weights were in half precision; they are wide now.
  bool had_halves() const { return had_halves_; }
  /// What its owner should know already, or empty.
  const std::string& remark() const { return remark_; }
  bool has_doubles() const;
  /// Doubles become float32, as inputs are.
  void narrow_doubles();
  /// Frees what no one else holds.
  void forget() { module_ = torch::jit::Module{}; }

 private:
  void take(const std::string& file, const import_inputs& inputs);
  void bind(const import_inputs& inputs);

  std::string file_;
  torch::jit::Module module_;
  std::vector<model_input> inputs_;
  std::vector<std::string> arguments_;  ///< what the method calls each of them
  std::vector<std::string> output_names_;
  bool names_its_outputs_ = false;  ///< the file does, and not the answer
  std::string remark_;
  std::unordered_map<std::string, c10::IValue> constants_;  ///< arguments that are no tensors
  bool had_halves_ = false;
};

/// Calls `each` with every floating tensor of a module, its attributes and those in its code; what
/// it returns takes the tensor's place.
void replace_floats(torch::jit::Module& module,
                    const std::function<at::Tensor(const at::Tensor&)>& each);

}  // namespace bramble
