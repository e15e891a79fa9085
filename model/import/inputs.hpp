#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "model/graph/graph.hpp"

namespace bramble {

/// What one argument of a model is to be: a tensor of a shape, or a number bound for good.
struct import_input {
  std::string name;                  ///< of the argument; empty: the next one
  std::string text;                  ///< as it was given, without the name
  std::vector<std::int64_t> shape;   ///< empty where `text` is none
  std::optional<element_type> type;  ///< empty: float32, or what the model wants
};

/// Of each input of a model, in order.
struct import_inputs : std::vector<import_input> {
  import_inputs() = default;
  // Shapes alone are enough for most models.
  import_inputs(const std::vector<std::vector<std::int64_t>>& shapes);
  import_inputs(std::initializer_list<std::vector<std::int64_t>> shapes)
      : import_inputs(std::vector<std::vector<std::int64_t>>{shapes}) {}
};

/// "1x3x224x224", "1x32:int64", "ids=1x32:int64", "sr=16000", "flip=true". Throws `user_error`.
import_input parse_import_input(const std::string& text);

/// "1x3x224x224 and 1x32:int64", for messages.
std::string text_of(const import_inputs& inputs);

}  // namespace bramble
