#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/graph/graph.hpp"

namespace bramble {

/// One of a model's inputs or outputs: what it is called and what it looks like.
struct named_form {
  std::string name;
  std::vector<std::int64_t> shape;
  element_type type = element_type::f32;

  bool operator==(const named_form&) const = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, shape, type);
  }
};

}  // namespace bramble
