#include "model/graph/work.hpp"

#include <map>
#include <string_view>

#include "model/graph/weight_parts.hpp"

namespace bramble {
namespace {

using tensor_shape = std::vector<std::int64_t>;

double count(const tensor_shape& shape) {
  return static_cast<double>(element_count(shape));
}

/// The arguments of an atom's call as shapes. What is no tensor, or is not there, has none: graphs
/// come from outside, and a call may lack anything.
class call_shapes {
 public:
  call_shapes(const graph& g, const op& o) : g_{g}, o_{o} {}

  const tensor_shape* at(std::size_t i) const {
    return i < o_.call.arguments.size() ? shape_of(o_.call.arguments[i]) : nullptr;
  }
  bool is_true(std::size_t i) const {
    if (i >= o_.call.arguments.size()) return false;
    const auto* flag = std::get_if<bool>(&o_.call.arguments[i]);
    return flag != nullptr && *flag;
  }
  std::string text(std::size_t i) const {
    if (i >= o_.call.arguments.size()) return {};
    const auto* words = std::get_if<std::string>(&o_.call.arguments[i]);
    return words == nullptr ? std::string{} : *words;
  }
  /// The shapes in the last list of tensors.
  std::vector<tensor_shape> last_list() const {
    std::vector<tensor_shape> out;
    for (const auto& argument : o_.call.arguments) {
      const auto* list = std::get_if<tensor_list>(&argument);
      if (list == nullptr) continue;
      out.clear();
      for (const auto& item : list->items) {
        if (const auto* v = std::get_if<value_ref>(&item)) out.push_back(g_.values[v->id].shape);
        if (const auto* w = std::get_if<weight_ref>(&item)) out.push_back(g_.weights[w->id].shape);
      }
    }
    return out;
  }
  /// The elements of all matrices among the arguments, but for the first `skipped`.
  double matrices(std::size_t skipped) const {
    double sum = 0;
    for (std::size_t i = skipped; i < o_.call.arguments.size(); ++i)
      if (const auto* shape = at(i); shape != nullptr && shape->size() == 2) sum += count(*shape);
    return sum;
  }
  double made() const { return count(g_.values[o_.outputs[0]].shape); }

 private:
  const tensor_shape* shape_of(const argument& a) const {
    if (const auto* v = std::get_if<value_ref>(&a)) return &g_.values[v->id].shape;
    if (const auto* w = std::get_if<weight_ref>(&a)) return &g_.weights[w->id].shape;
    return nullptr;
  }

  const graph& g_;
  const op& o_;
};

/// How often something is done whose rows are the last axis: over batches, positions, time steps.
double rows_of(const tensor_shape& shape) {
  return shape.empty() ? 1 : count(shape) / static_cast<double>(shape.back());
}

/// Every element of the output meets a filter; of a transposed one every element of the input.
double convolution_macs(const call_shapes& call, bool transposed) {
  const auto *x = call.at(0), *weight = call.at(1);
  if (x == nullptr || weight == nullptr || weight->empty()) return 0;
  const auto filter = count(*weight) / static_cast<double>(weight->front());
  return (transposed ? count(*x) : call.made()) * filter;
}

/// A sum over the last axis of argument `factor` for every element of the output.
double product_macs(const call_shapes& call, std::size_t factor) {
  const auto* shape = call.at(factor);
  return shape == nullptr || shape->empty() ? 0 : call.made() * static_cast<double>(shape->back());
}

/// The same, and over batches: torch.addbmm.
double batched_sum_macs(const call_shapes& call) {
  const auto* shape = call.at(1);
  return shape == nullptr || shape->size() != 3
             ? 0
             : product_macs(call, 1) * static_cast<double>(shape->front());
}

/// Every weight once for each step of each sequence. Their list is the last one: an LSTM's state is
/// a list as well.
double recurrent_macs(const call_shapes& call) {
  const auto* x = call.at(0);
  if (x == nullptr) return 0;
  double weights = 0;
  for (const auto& shape : call.last_list())
    if (shape.size() == 2) weights += count(shape);
  return rows_of(*x) * weights;
}

double cell_macs(const call_shapes& call) {
  const auto* x = call.at(0);
  const auto *from_input = call.at(2), *from_state = call.at(3);
  if (x == nullptr || from_input == nullptr || from_state == nullptr) return 0;
  return rows_of(*x) * (count(*from_input) + count(*from_state));
}

/// Queries with keys, and the weighted sum of values.
double attention_macs(const call_shapes& call) {
  const auto *query = call.at(0), *key = call.at(1), *value = call.at(2);
  if (query == nullptr || key == nullptr || value == nullptr || key->size() < 2 || value->empty() ||
      query->empty())
    return 0;
  const auto keys = static_cast<double>((*key)[key->size() - 2]);
  return rows_of(*query) * keys * static_cast<double>(query->back() + value->back());
}

/// Attention with its projections, and whatever else an encoder layer multiplies by.
double encoder_macs(const call_shapes& call, std::size_t inputs) {
  const auto *query = call.at(0), *key = call.at(inputs == 1 ? 0 : 1);
  if (query == nullptr || key == nullptr || query->empty() || key->size() < 2) return 0;
  const auto keys = static_cast<double>((*key)[key->size() - 2]);
  return rows_of(*query) * call.matrices(inputs) + 2 * count(*query) * keys;
}

/// One product for every combination of the equation's letters.
double einsum_macs(const call_shapes& call) {
  const auto shapes = call.last_list();
  const auto equation = call.text(0);
  std::map<char, double> sizes;
  double others = 1;  // what an ellipsis stands for
  std::size_t operand = 0, axis = 0;
  for (std::size_t i = 0; i < equation.size() && operand < shapes.size(); ++i) {
    const auto letter = equation[i];
    if (letter == ' ') continue;
    if (letter == '-') break;
    if (letter == ',') {
      ++operand;
      axis = 0;
    } else if (letter == '.') {
      const auto end = equation.find_first_of(",-", i);
      std::size_t behind = 0;
      for (auto k = i; k < std::min(end, equation.size()); ++k)
        behind += equation[k] != '.' && equation[k] != ' ' ? 1 : 0;
      i = equation.find_first_not_of('.', i) - 1;
      double here = 1;
      for (; axis + behind < shapes[operand].size(); ++axis)
        here *= static_cast<double>(shapes[operand][axis]);
      others = std::max(others, here);
      if (i >= equation.size()) break;
    } else if (axis < shapes[operand].size()) {
      auto& size = sizes[letter];
      size = std::max(size, static_cast<double>(shapes[operand][axis++]));
    }
  }
  if (shapes.size() < 2) return 0;
  for (const auto& [letter, size] : sizes) others *= size;
  return others;
}

/// "aten::" and whatever else stands before the op's own name.
std::string_view bare_name(std::string_view schema) {
  const auto colons = schema.rfind("::");
  return colons == std::string_view::npos ? schema : schema.substr(colons + 2);
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  for (auto each : names)
    if (name == each) return true;
  return false;
}

double call_macs(const graph& g, const op& o) {
  const call_shapes call{g, o};
  const auto name = bare_name(o.call.schema);
  if (is_one_of(name, {"convolution", "_convolution"}))
    return convolution_macs(call, call.is_true(6));
  if (is_one_of(name, {"conv1d", "conv2d", "conv3d", "_convolution_mode", "thnn_conv2d",
                       "slow_conv3d", "mkldnn_convolution"}))
    return convolution_macs(call, false);
  if (is_one_of(name, {"conv_transpose1d", "conv_transpose2d", "conv_transpose3d"}))
    return convolution_macs(call, true);
  if (name == "deform_conv2d" || name == "bilinear") {
    // The filter is not the first that follows the input in both.
    const auto* weight = call.at(name == "bilinear" ? 2 : 1);
    return weight == nullptr || weight->empty()
               ? 0
               : call.made() * count(*weight) / static_cast<double>(weight->front());
  }
  if (is_one_of(name, {"linear", "matmul", "mm", "bmm", "mv", "dot", "vdot", "inner", "cdist",
                       "_cdist_forward"}))
    return product_macs(call, 0);
  if (is_one_of(name, {"addmm", "addmv", "baddbmm", "_addmm_activation"}))
    return product_macs(call, 1);
  if (name == "addbmm") return batched_sum_macs(call);
  if (is_one_of(name, {"lstm", "gru", "rnn_tanh", "rnn_relu"})) return recurrent_macs(call);
  if (is_one_of(name, {"lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell"}))
    return cell_macs(call);
  if (name.find("scaled_dot_product") != std::string_view::npos) return attention_macs(call);
  if (name == "_native_multi_head_attention") return encoder_macs(call, 3);
  if (name == "_transformer_encoder_layer_fwd") return encoder_macs(call, 1);
  if (name == "einsum") return einsum_macs(call);
  return 0;
}

}  // namespace

double macs(const graph& g, op_id id, const region& out) {
  const auto& o = g.ops[id];
  const auto elements = static_cast<double>(out.elements());
  if (o.kind == op_kind::convolution) {
    const auto& w = g.weights[o.weights[0]].shape;
    return elements * static_cast<double>(w[1] * w[2] * w[3]);
  }
  const auto made = count(g.values[o.outputs[0]].shape);
  if (o.kind == op_kind::transposed_convolution) {
    // Every input element meets its channel's weights once.
    const auto& w = g.weights[o.weights[0]].shape;
    const auto all = count(g.values[o.inputs[0]].shape) * static_cast<double>(w[1] * w[2] * w[3]);
    return all * elements / made;
  }
  if (o.kind == op_kind::product || o.kind == op_kind::window_product)
    return elements * static_cast<double>(o.product.depth);
  return o.call.schema.empty() ? 0 : call_macs(g, o) * elements / made;
}

double moved_bytes(const graph& g, op_id id, const region& out) {
  const auto& o = g.ops[id];
  const auto needs = needed_inputs(g, o, out);
  auto bytes = static_cast<double>(bytes_of(g.values[o.outputs[0]], out));
  for (std::size_t i = 0; i < needs.size(); ++i)
    bytes += static_cast<double>(bytes_of(g.values[o.inputs[i]], needs[i]));
  for (std::size_t i = 1; i < o.outputs.size(); ++i)
    bytes += static_cast<double>(bytes_of(g.values[o.outputs[i]], extent(g.values[o.outputs[i]])));
  for (const auto& part : weight_parts(g, o, out)) bytes += static_cast<double>(part.bytes);
  return bytes;
}

}  // namespace bramble
