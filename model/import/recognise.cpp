#include "model/import/recognise.hpp"

#include <torch/csrc/jit/ir/constants.h>

#include <unordered_set>

namespace bramble {
namespace {

using torch::jit::Node;
using torch::jit::Value;

struct convolution_arguments {
  window win;
  std::int64_t groups = 1;
};

bool set_pair(std::array<std::int64_t, 2>& field, const Value* value) {
  const auto pair = constant_pair(value);
  if (pair) field = *pair;
  return pair.has_value();
}

/// "same" pads the odd row and column behind, which a `window` cannot say.
bool set_padding_by_name(window& win, const std::string& name) {
  if (name != "same" && name != "valid") return false;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const auto total = name == "valid" ? 0 : win.dilation[axis] * (win.kernel[axis] - 1);
    if (total % 2 != 0) return false;
    win.padding[axis] = total / 2;
  }
  return true;
}

std::optional<convolution_arguments> arguments_of_convolution(const Node* node) {
  const bool functional = is_op(node, "aten::conv2d");
  if (!functional && !is_op(node, "aten::_convolution") && !is_op(node, "aten::convolution"))
    return {};
  const auto weight = constant_tensor(node->input(1));
  if (!weight || weight->dim() != 4) return {};
  convolution_arguments out;
  out.win.kernel = {weight->size(2), weight->size(3)};
  if (!set_pair(out.win.stride, node->input(3)) || !set_pair(out.win.dilation, node->input(5)))
    return {};
  const auto padding = torch::jit::toIValue(node->input(4));
  const bool padded = padding && padding->isString()
                          ? set_padding_by_name(out.win, padding->toStringRef())
                          : set_pair(out.win.padding, node->input(4));
  if (!padded) return {};
  if (!functional && constant_bool(node->input(6)).value_or(true)) return {};  // transposed
  const auto groups = constant_int(node->input(functional ? 6 : 8));
  if (!groups) return {};
  out.groups = *groups;
  return out;
}

bool is_float_constant(const Value* value) {
  const auto tensor = constant_tensor(value);
  return tensor && (tensor->scalar_type() == at::kFloat || tensor->scalar_type() == at::kHalf ||
                    tensor->scalar_type() == at::kBFloat16);
}

op convolution(const Node* node, graph_builder& builder) {
  const auto arguments = *arguments_of_convolution(node);
  op o;
  o.kind = op_kind::convolution;
  o.inputs = {builder.value(node->input(0))};
  o.weights = {builder.weight(node->input(1))};
  if (!is_none(node->input(2))) o.weights.push_back(builder.weight(node->input(2)));
  o.win = arguments.win;
  o.groups = arguments.groups;
  return o;
}

/// Whether the window gives the size the output had; a last window that hangs over the edge is what
/// ceil_mode makes.
bool fits(const window& win, const tensor_facts& in, const tensor_facts& out) {
  for (std::size_t axis = 0; axis < 2; ++axis) {
    if (win.padding[axis] * 2 > win.kernel[axis]) return false;
    const auto room = in.shape[2 + axis] + 2 * win.padding[axis] -
                      ((win.kernel[axis] - 1) * win.dilation[axis] + 1);
    const auto whole = room < 0 ? 0 : room / win.stride[axis] + 1;
    const auto size = out.shape[2 + axis];
    if (size != whole && size != whole + 1) return false;
  }
  return true;
}

std::optional<op> pooling(const Node* node, graph_builder& builder) {
  const auto& facts = builder.facts();
  const bool with_indices = is_op(node, "aten::max_pool2d_with_indices");
  const bool max = is_op(node, "aten::max_pool2d") || with_indices;
  if (!max && !is_op(node, "aten::avg_pool2d")) return {};
  if (with_indices && !node->output(1)->uses().empty()) return {};
  if (!facts.is_map(node->input(0)) || !facts.is_map(node->output(0))) return {};
  op o;
  o.kind = max ? op_kind::max_pool : op_kind::avg_pool;
  auto& win = o.win;
  if (!set_pair(win.kernel, node->input(1)) || !set_pair(win.padding, node->input(3))) return {};
  // No stride means the kernel's size.
  if (!set_pair(win.stride, node->input(2))) win.stride = win.kernel;
  if (max) {
    if (!set_pair(win.dilation, node->input(4))) return {};
  } else {
    const auto count = constant_bool(node->input(5));
    const auto divisor = constant_int(node->input(6));
    if (!count || (!divisor && !is_none(node->input(6)))) return {};
    win.count_include_pad = *count;
    win.divisor_override = divisor.value_or(0);
  }
  if (!fits(win, *facts.tensor(node->input(0)), *facts.tensor(node->output(0)))) return {};
  o.inputs = {builder.value(node->input(0))};
  return o;
}

std::optional<op> concat(const Node* node, graph_builder& builder) {
  if (!is_op(node, "aten::cat") && !is_op(node, "aten::concat")) return {};
  const auto* list = node->input(0)->node();
  const auto axis = constant_int(node->input(1));
  if (list->kind() != torch::jit::prim::ListConstruct || !axis || (*axis != 1 && *axis != -3))
    return {};
  op o;
  o.kind = op_kind::concat;
  for (const auto* item : list->inputs()) {
    if (!builder.is_value(item) || !builder.facts().is_map(item)) return {};
    o.inputs.push_back(builder.value(item));
  }
  if (!builder.facts().is_map(node->output())) return {};
  return o;
}

/// Every output element depends on the elements at its own place alone.
bool is_elementwise_name(const std::string& name) {
  static const std::unordered_set<std::string> names{
      "aten::relu",       "aten::relu6",      "aten::hardtanh",    "aten::add",
      "aten::sub",        "aten::rsub",       "aten::mul",         "aten::div",
      "aten::sigmoid",    "aten::silu",       "aten::hardswish",   "aten::hardsigmoid",
      "aten::leaky_relu", "aten::elu",        "aten::selu",        "aten::celu",
      "aten::tanh",       "aten::clamp",      "aten::clamp_min",   "aten::clamp_max",
      "aten::gelu",       "aten::mish",       "aten::softplus",    "aten::softsign",
      "aten::prelu",      "aten::batch_norm", "aten::exp",         "aten::log",
      "aten::sqrt",       "aten::rsqrt",      "aten::abs",         "aten::neg",
      "aten::pow",        "aten::square",     "aten::reciprocal",  "aten::maximum",
      "aten::minimum",    "aten::threshold",  "aten::log_sigmoid", "aten::hardshrink",
      "aten::softshrink", "aten::erf",        "aten::sin",         "aten::cos",
      "aten::floor",      "aten::ceil",       "aten::round",       "aten::sign",
      "aten::log1p",      "aten::expm1"};
  return names.count(name) != 0;
}

bool broadcasts(const tensor_facts& in, const tensor_facts& out) {
  for (std::size_t axis = 1; axis < 4; ++axis)
    if (in.shape[axis] != out.shape[axis] && in.shape[axis] != 1) return false;
  return true;
}

/// The constant as one number, or as 1xCx1x1 (C for the ops that take a vector); empty when it
/// varies over rows or columns.
std::optional<at::Tensor> per_channel(const at::Tensor& tensor, std::int64_t channels,
                                      bool takes_a_vector) {
  if (tensor.numel() == 1) return tensor;
  if (tensor.numel() != channels) return {};
  if (takes_a_vector) {
    if (tensor.dim() != 1) return {};
    return tensor;
  }
  const bool along_channels = (tensor.dim() == 3 && tensor.size(0) == channels) ||
                              (tensor.dim() == 4 && tensor.size(1) == channels);
  if (!along_channels) return {};
  return tensor.reshape({1, channels, 1, 1});
}

std::optional<op> elementwise(const Node* node, graph_builder& builder) {
  const std::string name = node->kind().toQualString();
  if (!is_elementwise_name(name) || node->outputs().size() != 1) return {};
  const auto& facts = builder.facts();
  if (!facts.is_map(node->output())) return {};
  const auto& out = *facts.tensor(node->output());
  const bool is_norm = name == "aten::batch_norm";
  if (is_norm && constant_bool(node->input(5)).value_or(true)) return {};  // training
  replaced_constants constants;
  for (std::size_t i = 0; i < node->inputs().size(); ++i) {
    const auto* input = node->input(i);
    if (builder.is_value(input)) {
      if (!facts.is_map(input) || !broadcasts(*facts.tensor(input), out)) return {};
    } else if (const auto tensor = constant_tensor(input)) {
      const auto usable = per_channel(*tensor, out.shape[1], is_norm || name == "aten::prelu");
      if (!usable) return {};
      constants.emplace(i, *usable);
    } else if (!torch::jit::toIValue(input) || input->type()->kind() == c10::TypeKind::ListType) {
      return {};
    }
  }
  op o;
  o.kind = op_kind::elementwise;
  o.call = builder.call_of(node, constants);
  o.inputs = values_of(o.call);
  if (o.inputs.empty()) return {};
  return o;
}

}  // namespace

bool is_convolution(const Node* node, const graph_facts& facts) {
  return arguments_of_convolution(node) && facts.is_map(node->input(0)) &&
         facts.is_map(node->output()) && is_float_constant(node->input(1)) &&
         (is_none(node->input(2)) || is_float_constant(node->input(2)));
}

std::optional<fused_activation> activation_of(const Node* node) {
  using kind_t = fused_activation::kind_t;
  const auto clip = [](double low, double high) {
    return fused_activation{kind_t::clip, static_cast<float>(low), static_cast<float>(high)};
  };
  if (is_op(node, "aten::relu")) return fused_activation{kind_t::relu, 0, 0};
  if (is_op(node, "aten::relu6")) return clip(0, 6);
  if (!is_op(node, "aten::hardtanh") && !is_op(node, "aten::clamp")) return {};
  const auto low = constant_number(node->input(1));
  const auto high = constant_number(node->input(2));
  if (low && high) return clip(*low, *high);
  if (low && *low == 0 && is_none(node->input(2))) return fused_activation{kind_t::relu, 0, 0};
  return {};
}

std::optional<op> recognise(const Node* node, graph_builder& builder) {
  if (is_convolution(node, builder.facts())) return convolution(node, builder);
  if (auto o = pooling(node, builder)) return o;
  if (auto o = concat(node, builder)) return o;
  return elementwise(node, builder);
}

std::string text_of(const window& win) {
  auto text = std::to_string(win.kernel[0]) + "x" + std::to_string(win.kernel[1]);
  if (win.stride == std::array<std::int64_t, 2>{1, 1}) return text;
  text += "/" + std::to_string(win.stride[0]);
  if (win.stride[0] != win.stride[1]) text += "x" + std::to_string(win.stride[1]);
  return text;
}

}  // namespace bramble
