#pragma once

#include <string>
#include <vector>

#include "model/graph/graph.hpp"
#include "model/import/flatten.hpp"

namespace bramble {

/// A graph whose weights are still tensors: `weights[i]` is the dense content of
/// `model.weights[i]`, whose SHA-256 is not filled in.
struct converted_model {
  graph model;
  std::vector<at::Tensor> weights;
  std::int64_t images = 1;  ///< each of which has ops of its own
};

/// Typed ops where region arithmetic is exact, registry calls (atoms) for the rest; activations and
/// residual sums fused into convolutions. Throws `user_error` (starting with `place`) naming the op
/// that cannot be expressed.
converted_model convert(const flat_model& flat, const std::string& name, const std::string& place);

}  // namespace bramble
