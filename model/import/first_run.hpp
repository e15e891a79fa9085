#pragma once

#include <string>
#include <vector>

#include "model/import/original.hpp"

namespace bramble {

/// Inputs, and what the original answers to them.
struct probe {
  tensors inputs;
  tensors outputs;
};

enum class distribution { uniform, normal };

/// What made-up inputs hold.
struct example_values {
  std::vector<at::ScalarType> types;     ///< of each input
  std::int64_t whole_numbers_below = 1;  ///< for those of whole numbers
  std::int64_t whole_numbers_from = 0;
};

tensors random_inputs(const original_model& original, const example_values& values,
                      std::uint64_t seed, distribution kind);

struct first_run {
  probe traced;
  example_values values;
  bool narrowed = false;  ///< double weights had to become float32
};

/// Finds inputs that the original takes: of the types that were given, else of float32, else of
/// whole numbers. A model with double weights that cannot work with float32 inputs has its weights
/// narrowed. Throws `user_error` with the reason of the first failure.
first_run run_first(original_model& original, const std::string& file, const import_inputs& inputs);

}  // namespace bramble
