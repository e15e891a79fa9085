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

/// The largest difference of two answers as a share of the largest value of `expected`, of all
/// their floats; 0 where they are equal. Infinite where they differ in number, shape, type or in
/// what are no floats, or something is no number.
double max_relative_difference(const std::vector<host_tensor>& a,
                               const std::vector<host_tensor>& expected);

/// Throws `user_error` unless `inputs` have the number, shapes and types that the graph takes;
/// their bytes may not be here yet.
void check_forms(const graph& g, const std::vector<host_tensor>& inputs);

/// Throws `user_error` unless `inputs` are what the graph takes: number, shapes, types, bytes.
void check_inputs(const graph& g, const std::vector<host_tensor>& inputs);

}  // namespace bramble
