#pragma once

#include "model/graph/graph.hpp"

namespace bramble {

/// A whole tensor outside the runtime: a request's input or output. Dense, row-major (NCHW for
/// maps).
struct host_tensor {
  std::vector<std::int64_t> shape;
  element_type type = element_type::f32;
  byte_vector bytes;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(shape, type, bytes);
  }
};

/// Throws `user_error` unless `inputs` have the number, shapes and types that the graph takes;
/// their bytes may not be here yet.
void check_forms(const graph& g, const std::vector<host_tensor>& inputs);

/// Throws `user_error` unless `inputs` are what the graph takes: number, shapes, types, bytes.
void check_inputs(const graph& g, const std::vector<host_tensor>& inputs);

}  // namespace bramble
