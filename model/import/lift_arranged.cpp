#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>

#include "config/defaults_products.hpp"
#include "model/import/lift.hpp"

namespace bramble {
namespace {

using torch::jit::Node;
using torch::jit::Value;
using of_t = axis_part::of_t;
using shape_t = std::vector<std::int64_t>;

/// What makes this file's business of a node: an input that no simpler form says.
const Value* arranged_input(const Node* node, const graph_builder& builder) {
  for (const auto* input : node->inputs()) {
    const auto carried = builder.carried(input);
    if (carried && carried->form == tensor_form::arranged && !builder.is_made(input)) return input;
  }
  return nullptr;
}

/// The axis is all channels of a settled map, in their order.
bool is_all_channels(const std::vector<axis_part>& axis, std::int64_t channels) {
  const axis_part all{of_t::channels, 1, channels};
  return channels == 1 ? axis.empty() : axis.size() == 1 && axis[0] == all;
}

/// One whose channels would be all that its own map has.
bool has_channels_on(const placed_tensor& tensor, std::size_t axis) {
  const auto own = with_own_channels(tensor.how);
  return is_all_channels(own.axes.at(axis),
                         static_cast<std::int64_t>(channels_of(tensor.how).size()));
}

bool softmax_of(const Node* node, graph_builder& builder, const placed_tensor& from) {
  const auto axis = constant_int(node->input(1));
  const auto rank = from.how.axes.size();
  if (!axis || !is_none(node->input(2))) return false;
  if (!has_channels_on(from, static_cast<std::size_t>(from_front(*axis, rank)))) return false;
  const auto x = settled(builder, from);
  op o;
  o.kind = op_kind::per_pixel;
  o.name = builder.next_name(node->kind().toUnqualString());
  o.inputs = {x.map};
  o.call = builder.call_of(node, {{0, value_ref{x.map}}});
  o.call.arguments[1] = std::int64_t{1};
  const auto made = builder.append(std::move(o), builder.shape(x.map));
  carry_placed(builder, node->output(), {made, x.how});
  return true;
}

/// Constants as they lie over the map, by their place among the arguments; empty where an operand
/// lies in another way.
class arranged_operands {
 public:
  arranged_operands(const Node* node, const graph_builder& builder, const placed_tensor& guide)
      : node_{node},
        builder_{builder},
        how_{with_own_channels(guide.how)},
        channels_{channels_of(guide.how)},
        map_{guide.map},
        shape_{builder.facts().tensor(node->output())->shape} {}

  bool check() {
    for (std::size_t i = 0; i < node_->inputs().size(); ++i) {
      const auto* input = node_->input(i);
      if (builder_.is_value(input)) {
        if (!lies_alike(input)) return false;
      } else if (const auto tensor = constant_tensor(input)) {
        if (!add_constant(i, *tensor)) return false;
      } else if (!torch::jit::toIValue(input) || input->type()->kind() == c10::TypeKind::ListType) {
        return false;
      }
    }
    return true;
  }

  replaced_arguments make(graph_builder& builder) const {
    replaced_arguments out;
    for (std::size_t i = 0; i < node_->inputs().size(); ++i)
      if (builder.is_value(node_->input(i)))
        out[i] = value_ref{settled(builder, *placed(builder, node_->input(i))).map};
    for (const auto& [i, tensor] : constants_) out[i] = weight_ref{builder.weight(tensor)};
    return out;
  }

  const arrangement& how() const { return how_; }

 private:
  bool lies_alike(const Value* value) const {
    const auto other = placed(builder_, value);
    if (!other || builder_.facts().tensor(value)->shape != shape_) return false;
    const auto &mine = builder_.shape(map_), &its = builder_.shape(other->map);
    return mine[2] == its[2] && mine[3] == its[3] &&
           channels_of(other->how).size() == channels_.size() &&
           with_own_channels(other->how) == how_;
  }

  bool add_constant(std::size_t i, const at::Tensor& given) {
    if (given.numel() == 1) {
      constants_.emplace_back(i, given);
      return true;
    }
    if (given.scalar_type() != at::kFloat || !broadcasts(given.sizes().vec(), shape_) ||
        static_cast<std::int64_t>(element_count(shape_)) > defaults::spread_constant_most)
      return false;
    constants_.emplace_back(
        i, laid_out(given.expand(shape_), how_).permute({2, 0, 1}).unsqueeze(0).contiguous());
    return true;
  }

  const Node* node_;
  const graph_builder& builder_;
  arrangement how_;
  shape_t channels_;
  value_id map_;
  shape_t shape_;
  std::vector<std::pair<std::size_t, at::Tensor>> constants_;
};

bool elementwise_of(const Node* node, graph_builder& builder, const placed_tensor& from) {
  const std::string name = node->kind().toQualString();
  if (!is_elementwise_name(name) || name == "aten::batch_norm" || name == "aten::prelu")
    return false;
  arranged_operands all{node, builder, from};
  if (!all.check()) return false;
  op o;
  o.kind = op_kind::elementwise;
  o.name = builder.next_name(node->kind().toUnqualString());
  o.call = builder.call_of(node, all.make(builder));
  o.inputs = values_of(o.call);
  const auto shape = builder.shape(o.inputs.front());
  const auto made = builder.append(std::move(o), shape);
  carry_placed(builder, node->output(), {made, all.how()});
  return true;
}

/// Layers that look at the last axis alone: its own order of pixels is as good as any.
bool channels_last_of(const Node* node, graph_builder& builder, const Value* x,
                      const placed_tensor& from) {
  if (!has_channels_on(from, from.how.axes.size() - 1)) return false;
  const auto lying = settled(builder, from);
  const auto channels = builder.shape(lying.map)[1];
  op o;
  o.inputs = {lying.map};
  auto shape = builder.shape(lying.map);
  if (is_op(node, "aten::layer_norm")) {
    const auto axes = torch::jit::toIValue(node->input(1));
    if (!axes || !axes->isIntList() || axes->toIntVector() != shape_t{channels}) return false;
    o.kind = op_kind::per_pixel;
    o.name = builder.next_name("layer_norm");
    o.call = builder.call_of(node, {{0, value_ref{lying.map}}});
  } else {
    const auto weight = constant_tensor(node->input(1));
    const auto bias = constant_tensor(node->input(2));
    if (x != node->input(0) || !weight || weight->dim() != 2 ||
        weight->scalar_type() != at::kFloat || (!bias && !is_none(node->input(2))))
      return false;
    o.kind = op_kind::convolution;
    shape[1] = weight->size(0);
    o.weights = {builder.weight(weight->reshape({weight->size(0), channels, 1, 1}))};
    if (bias) o.weights.push_back(builder.weight(*bias));
    o.name = builder.next_name("linear") + " " + std::to_string(shape[1]);
  }
  auto how = lying.how;
  how.axes.back().clear();
  if (shape[1] > 1) how.axes.back() = {{of_t::channels, 1, shape[1]}};
  const auto made = builder.append(std::move(o), std::move(shape));
  carry_placed(builder, node->output(), {made, std::move(how)});
  return true;
}

}  // namespace

bool lift_arranged(const Node* node, graph_builder& builder) {
  const auto* x = arranged_input(node, builder);
  if (x == nullptr) return false;
  const auto from = placed(builder, x);
  if (!from || from->how.axes.empty()) return false;
  if (is_op(node, "aten::softmax") || is_op(node, "aten::log_softmax"))
    return softmax_of(node, builder, *from);
  if (is_op(node, "aten::layer_norm") || is_op(node, "aten::linear"))
    return channels_last_of(node, builder, x, *from);
  return builder.facts().tensor(x)->shape == builder.facts().tensor(node->output())->shape &&
         elementwise_of(node, builder, *from);
}

}  // namespace bramble
