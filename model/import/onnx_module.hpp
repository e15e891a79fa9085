#pragma once

#include <torch/csrc/jit/api/module.h>

#include <optional>
#include <string>
#include <vector>

#include "model/import/inputs.hpp"

namespace bramble {

/// An ONNX file as a TorchScript module, from which it is imported like any other.
struct onnx_module {
  /// A tensor that it takes.
  struct input {
    std::string name;      ///< in the file
    std::string argument;  ///< of the module's method
    std::vector<std::int64_t> shape;
    at::ScalarType type = at::kFloat;
  };

  torch::jit::Module module;  ///< without a method where `answers` says all
  std::vector<input> inputs;
  std::vector<std::string> output_names;
  /// Where nothing is left to be given: what the network then answers, always the same.
  std::optional<std::vector<at::Tensor>> answers;
  bool had_halves = false;
  std::string remark;  ///< what its owner should know, or empty
};

/// Reads, checks and translates a file: see docs/models.md for what can be. Inputs whose sizes the
/// file leaves open have to be given, by name or in order; `NAME=[1,3,640,640]` binds one to
/// values, which those need that decide shapes. Throws `user_error` in one sentence,
/// `onnx_input_open` where more has to be given.
onnx_module open_onnx(const std::string& file, const import_inputs& given);

/// An input whose values decide shapes has to be bound.
class onnx_input_open : public user_error {
 public:
  onnx_input_open(const std::string& what, std::vector<std::string> names)
      : user_error{what}, names_{std::move(names)} {}
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
};

}  // namespace bramble
