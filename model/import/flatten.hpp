#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/import/inputs.hpp"
#include "model/import/progress.hpp"

namespace bramble {

using tensors = std::vector<at::Tensor>;

/// A model as one straight run of registry ops on tensors: no control flow, calls, tuples, dicts or
/// in-place writes. Weights are constants, batch norms are folded where they can be. Its shapes are
/// those of `example`; its outputs are the original's, flattened.
struct flat_model {
  std::shared_ptr<torch::jit::Graph> graph;
  tensors example;
  std::vector<std::string> input_names;  ///< the file's own, or none
  std::string remark;                    ///< what the model's owner should know, or empty
  bool half_weights = false;             ///< the file had some in half precision; here all are wide
  std::vector<std::string> output_names{};  ///< the file's own, "" for one without, or none
  std::int64_t images = 1;                  ///< that one input brings, each in ops of its own
};

/// Traces one run of `run` on `inputs`. Every tensor it uses besides becomes a constant.
/// `place` stands in front of messages. Throws `user_error` when LibTorch or an op refuses.
flat_model flatten(const std::function<tensors(const tensors&)>& run, const tensors& inputs,
                   const std::string& place);

/// The same for a TorchScript file, traced or scripted. Half-precision weights are widened first.
/// Other random inputs are run through the original and the result: a model that decides by its
/// input's values, or answers differently each time, is refused. Throws `user_error` for what is no
/// such file or takes no such inputs.
flat_model flatten_torchscript(const std::string& file, const import_inputs& inputs,
                               const import_progress& progress);

}  // namespace bramble
