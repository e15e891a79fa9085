#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <unordered_set>

#include "model/import/lift.hpp"

namespace bramble {
namespace {

using torch::jit::Node;
using torch::jit::Value;
using shape_t = std::vector<std::int64_t>;

bool takes_a_vector(const Node* node) {
  return is_op(node, "aten::batch_norm") || is_op(node, "aten::prelu");
}

/// The arrangement everything is brought into: that of an operand of the result's shape, of one
/// that is not there as a tensor if possible.
std::optional<carried_tensor> guide_of(const Node* node, const graph_builder& builder) {
  const auto& wanted = builder.facts().tensor(node->output())->shape;
  std::optional<carried_tensor> found;
  for (const auto* input : node->inputs()) {
    const auto carried = builder.carried(input);
    if (!carried || carried->form == tensor_form::arranged ||
        builder.facts().tensor(input)->shape != wanted)
      continue;
    if (!found || !builder.is_made(input)) found = carried;
    if (!builder.is_made(input)) break;
  }
  return found;
}

class operands {
 public:
  operands(const Node* node, graph_builder& builder, carried_tensor guide)
      : node_{node},
        builder_{builder},
        form_{guide.form},
        map_{builder.shape(guide.map)},
        shape_{builder.facts().tensor(node->output())->shape} {}

  /// False when one of them cannot be brought into the guide's arrangement.
  bool check() {
    for (std::size_t i = 0; i < node_->inputs().size(); ++i) {
      const auto* input = node_->input(i);
      if (builder_.is_value(input)) {
        if (!fits(input)) return false;
      } else if (const auto tensor = constant_tensor(input)) {
        const auto usable = arranged(*tensor);
        if (!usable) return false;
        constants_.emplace_back(i, *usable);
      } else if (!torch::jit::toIValue(input) || input->type()->kind() == c10::TypeKind::ListType) {
        return false;
      }
    }
    return true;
  }

  replaced_arguments make() {
    replaced_arguments out;
    for (std::size_t i = 0; i < node_->inputs().size(); ++i)
      if (builder_.is_value(node_->input(i))) out[i] = value_ref{brought(node_->input(i))};
    for (const auto& [i, tensor] : constants_) out[i] = weight_ref{builder_.weight(tensor)};
    return out;
  }

  const shape_t& map() const { return map_; }

 private:
  bool fits(const Value* value) const {
    const auto& facts = *builder_.facts().tensor(value);
    const auto carried = builder_.carried(value);
    const bool same = facts.shape == shape_;
    if (form_ == tensor_form::channels_last) {
      if (!can_have_channels_last(builder_, value)) return false;
      const auto lying = shape_with_channels_last(facts.shape);
      const bool one_pixel = lying[2] * lying[3] == 1;
      return same ||
             ((one_pixel || facts.shape.size() == shape_.size()) && broadcasts(lying, map_));
    }
    if (form_ == tensor_form::flat)
      return same && carried && carried->form == form_ && builder_.shape(carried->map) == map_;
    if (carried && carried->form == form_ && facts.shape.size() == shape_.size())
      return same || broadcasts(builder_.shape(carried->map), map_);
    return facts.is_map() && shape_.size() == 4 && broadcasts(facts.shape, map_);
  }

  /// The map of one that fits.
  value_id brought(const Value* value) {
    auto id = no_id;
    if (form_ == tensor_form::channels_last)
      id = with_channels_last(builder_, value);
    else if (const auto carried = builder_.carried(value); carried && carried->form == form_)
      id = carried->map;
    else
      id = builder_.value(value);
    const auto& shape = builder_.facts().tensor(value)->shape;
    const auto lies = shape == shape_                       ? map_
                      : form_ == tensor_form::channels_last ? shape_with_channels_last(shape)
                                                            : builder_.shape(id);
    return in_pixels(builder_, id, lies);
  }

  /// A constant as it lies over the map: one number, C for the ops that take a vector, else of four
  /// dimensions.
  std::optional<at::Tensor> arranged(const at::Tensor& given) const {
    if (given.numel() == 1) return given;
    if (takes_a_vector(node_)) {
      const bool along_channels = form_ == tensor_form::channels_first || shape_.size() == 2;
      if (!along_channels || form_ == tensor_form::flat || given.dim() != 1 ||
          given.numel() != map_[1])
        return {};
      return given;
    }
    if (!broadcasts(given.sizes().vec(), shape_)) return {};
    shape_t full(shape_.size() - static_cast<std::size_t>(given.dim()), 1);
    full.insert(full.end(), given.sizes().begin(), given.sizes().end());
    return lying(given.reshape(full));
  }

  /// Of the same rank as the result. Axes are only spread where several of them become one.
  at::Tensor lying(at::Tensor t) const {
    const auto rank = static_cast<std::int64_t>(shape_.size());
    if (form_ == tensor_form::flat) return t.expand(shape_).reshape(map_);
    const auto channels = channel_axis(form_, shape_.size());
    if (t.numel() == t.size(channels)) return t.reshape({1, t.size(channels), 1, 1});
    auto spread = shape_;
    spread[static_cast<std::size_t>(channels)] = t.size(channels);
    const bool is_photo = rank == 4 && shape_[0] == 1;
    if (!is_photo) t = t.expand(spread);
    if (form_ == tensor_form::channels_first)
      return is_photo ? t : t.reshape({1, t.size(1), map_[2], map_[3]});
    if (!is_photo) t = t.reshape({1, map_[2], map_[3], t.size(-1)});
    return t.permute({0, 3, 1, 2}).contiguous();
  }

  const Node* node_;
  graph_builder& builder_;
  tensor_form form_;
  shape_t map_;
  shape_t shape_;
  std::vector<std::pair<std::size_t, at::Tensor>> constants_;
};

}  // namespace

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

bool lift_elementwise(const Node* node, graph_builder& builder) {
  if (!is_elementwise_name(node->kind().toQualString())) return false;
  if (is_op(node, "aten::batch_norm") && constant_bool(node->input(5)).value_or(true))
    return false;  // training
  const auto guide = guide_of(node, builder);
  if (!guide) return false;
  operands all{node, builder, *guide};
  if (!all.check()) return false;
  op o;
  o.kind = op_kind::elementwise;
  o.name = builder.next_name(node->kind().toUnqualString());
  o.call = builder.call_of(node, all.make());
  o.inputs = values_of(o.call);
  const auto made = builder.append(std::move(o), all.map());
  builder.carry(node->output(), {made, guide->form});
  return true;
}

}  // namespace bramble
