#include "model/graph/host_tensor.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "config/parse.hpp"

namespace bramble {
namespace {

double float_at(const host_tensor& tensor, std::size_t i) {
  float value = 0;
  std::memcpy(&value, tensor.bytes.data() + i * sizeof value, sizeof value);
  return value;
}

}  // namespace

double max_relative_difference(const std::vector<host_tensor>& a,
                               const std::vector<host_tensor>& expected) {
  constexpr auto infinite = std::numeric_limits<double>::infinity();
  if (a.size() != expected.size()) return infinite;
  double difference = 0, largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto &x = a[i], &y = expected[i];
    if (x.shape != y.shape || x.type != y.type || x.bytes.size() != y.bytes.size()) return infinite;
    if (x.type != element_type::f32) {
      if (x.bytes != y.bytes) return infinite;
      continue;
    }
    for (std::size_t k = 0; k < x.bytes.size() / sizeof(float); ++k) {
      const auto gap = std::abs(float_at(x, k) - float_at(y, k));
      if (!std::isfinite(gap)) return infinite;
      difference = std::max(difference, gap);
      largest = std::max(largest, std::abs(float_at(y, k)));
    }
  }
  return largest > 0 ? difference / largest : difference;
}

void check_forms(const graph& g, const std::vector<host_tensor>& inputs) {
  if (inputs.size() != g.inputs.size())
    throw user_error("Model " + g.name + " takes " + std::to_string(g.inputs.size()) +
                     " inputs, not " + std::to_string(inputs.size()) + ".");
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto& want = g.values[g.inputs[i]];
    const auto& have = inputs[i];
    if (have.shape != want.shape)
      throw user_error("Model " + g.name + " takes an input of shape " + format_shape(want.shape) +
                       ", not " + format_shape(have.shape) + ".");
    if (have.type != want.type)
      throw user_error("An input of model " + g.name + " has the wrong element type.");
  }
}

void check_inputs(const graph& g, const std::vector<host_tensor>& inputs) {
  check_forms(g, inputs);
  for (const auto& each : inputs)
    if (each.bytes.size() != element_count(each.shape) * size_of(each.type))
      throw user_error("An input of model " + g.name + " has the wrong size.");
}

}  // namespace bramble
