#include "model/graph/host_tensor.hpp"

#include "config/parse.hpp"

namespace bramble {

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
