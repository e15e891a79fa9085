#include "model/import/recognise.hpp"

#include <torch/csrc/jit/ir/constants.h>

namespace bramble {
namespace {

using torch::jit::Node;
using torch::jit::Value;

struct convolution_arguments {
  window win;
  std::array<std::int64_t, 2> more_behind{0, 0};  ///< zeros below and to the right, beside `win`'s
  std::int64_t groups = 1;
  bool transposed = false;
};

bool set_pair(std::array<std::int64_t, 2>& field, const Value* value) {
  const auto pair = constant_pair(value);
  if (pair) field = *pair;
  return pair.has_value();
}

/// "same" pads the odd row and column behind, which a `window` cannot say.
bool set_padding_by_name(convolution_arguments& arguments, const std::string& name) {
  if (name != "same" && name != "valid") return false;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const auto& win = arguments.win;
    const auto total = name == "valid" ? 0 : win.dilation[axis] * (win.kernel[axis] - 1);
    arguments.win.padding[axis] = total / 2;
    arguments.more_behind[axis] = total % 2;
  }
  return true;
}

std::optional<convolution_arguments> arguments_of_convolution(const Node* node) {
  const bool transposed = is_op(node, "aten::conv_transpose2d");
  // What is traced of a convolution whose padding has a name.
  const bool by_mode = is_op(node, "aten::_convolution_mode");
  const bool functional = is_op(node, "aten::conv2d") || transposed || by_mode;
  if (!functional && !is_op(node, "aten::_convolution") && !is_op(node, "aten::convolution"))
    return {};
  const auto weight = constant_tensor(node->input(1));
  if (!weight || weight->dim() != 4) return {};
  convolution_arguments out;
  out.win.kernel = {weight->size(2), weight->size(3)};
  // (x, w, bias, stride, padding, output padding, groups, dilation), else (.., padding, dilation,
  // ..)
  if (!set_pair(out.win.stride, node->input(3)) ||
      !set_pair(out.win.dilation, node->input(transposed ? 7 : 5)))
    return {};
  const auto padding = torch::jit::toIValue(node->input(4));
  const bool padded = padding && padding->isString()
                          ? set_padding_by_name(out, padding->toStringRef())
                          : set_pair(out.win.padding, node->input(4));
  if (!padded) return {};
  const auto flag = functional ? std::optional<bool>{transposed} : constant_bool(node->input(6));
  if (!flag) return {};
  out.transposed = *flag;
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

bool is_any_convolution(const Node* node, const graph_facts& facts) {
  return arguments_of_convolution(node) && facts.is_map(node->input(0)) &&
         facts.is_map(node->output()) && is_float_constant(node->input(1)) &&
         (is_none(node->input(2)) || is_float_constant(node->input(2)));
}

/// The map with zeros below and to its right.
value_id padded_behind(value_id map, const std::array<std::int64_t, 2>& more,
                       graph_builder& builder) {
  auto shape = builder.model.values[map].shape;
  shape[2] += more[0];
  shape[3] += more[1];
  op o;
  o.name = builder.next_name("pad");
  o.inputs = {map};
  o.call = {"aten::constant_pad_nd",
            "",
            {value_ref{map}, std::vector<std::int64_t>{0, more[1], 0, more[0]}, std::int64_t{0}}};
  return builder.append(std::move(o), std::move(shape));
}

op convolution(const Node* node, graph_builder& builder) {
  const auto arguments = *arguments_of_convolution(node);
  op o;
  o.kind = arguments.transposed ? op_kind::transposed_convolution : op_kind::convolution;
  auto map = builder.value(node->input(0));
  if (arguments.more_behind != std::array<std::int64_t, 2>{0, 0})
    map = padded_behind(map, arguments.more_behind, builder);
  o.inputs = {map};
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

/// LibTorch's: input pixels per output pixel, in float arithmetic.
float scale_of(std::int64_t in, std::int64_t out, bool align_corners,
               std::optional<double> factor) {
  if (align_corners)
    return out > 1 ? static_cast<float>(in - 1) / static_cast<float>(out - 1) : 0.0F;
  if (factor && *factor > 0) return static_cast<float>(1.0 / *factor);
  return static_cast<float>(in) / static_cast<float>(out);
}

/// The factors by which an upsampling was asked to enlarge, if it was by factors; those of the ops'
/// vector forms are a list, else the last two arguments.
std::array<std::optional<double>, 2> factors_of(const Node* node, bool vectors) {
  const auto inputs = node->inputs();
  if (!vectors)
    return {constant_number(inputs[inputs.size() - 2]), constant_number(inputs[inputs.size() - 1])};
  const auto list = torch::jit::toIValue(inputs[inputs.size() - 1]);
  if (!list || !list->isDoubleList() || list->toDoubleVector().size() != 2) return {};
  return {list->toDoubleVector()[0], list->toDoubleVector()[1]};
}

std::optional<op> upsampling(const Node* node, graph_builder& builder) {
  using kind_t = resampling::kind_t;
  op o;
  o.kind = op_kind::upsample;
  if (is_op(node, "aten::upsample_nearest2d"))
    o.resize.kind = kind_t::nearest;
  else if (is_op(node, "aten::_upsample_nearest_exact2d"))
    o.resize.kind = kind_t::nearest_exact;
  else if (is_op(node, "aten::upsample_bilinear2d"))
    o.resize.kind = kind_t::bilinear;
  else
    return {};
  const auto& facts = builder.facts();
  if (!facts.is_map(node->input(0)) || !facts.is_map(node->output())) return {};
  if (o.resize.kind == kind_t::bilinear) {
    const auto align = constant_bool(node->input(2));
    if (!align) return {};
    o.resize.align_corners = *align;
  }
  const auto factors = factors_of(node, node->schema().overload_name() == "vec");
  for (std::size_t axis = 0; axis < 2; ++axis)
    o.resize.scale[axis] = scale_of(facts.tensor(node->input(0))->shape[2 + axis],
                                    facts.tensor(node->output())->shape[2 + axis],
                                    o.resize.align_corners, factors[axis]);
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

}  // namespace

bool is_convolution(const Node* node, const graph_facts& facts) {
  return is_any_convolution(node, facts) && !arguments_of_convolution(node)->transposed;
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
  if (is_any_convolution(node, builder.facts())) return convolution(node, builder);
  if (auto o = pooling(node, builder)) return o;
  if (auto o = upsampling(node, builder)) return o;
  return concat(node, builder);
}

std::string text_of(const window& win) {
  auto text = std::to_string(win.kernel[0]) + "x" + std::to_string(win.kernel[1]);
  if (win.stride == std::array<std::int64_t, 2>{1, 1}) return text;
  text += "/" + std::to_string(win.stride[0]);
  if (win.stride[0] != win.stride[1]) text += "x" + std::to_string(win.stride[1]);
  return text;
}

}  // namespace bramble
