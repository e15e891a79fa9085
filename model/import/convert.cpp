#include "model/import/convert.hpp"

#include <ATen/ops/zeros.h>
#include <torch/csrc/jit/ir/constants.h>

#include "model/import/channel_sum.hpp"
#include "model/import/fusion.hpp"
#include "model/import/lift.hpp"
#include "model/import/norm_fusion.hpp"
#include "model/import/rewrite.hpp"
#include "model/import/simplify.hpp"
#include "model/import/windows.hpp"

namespace bramble {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
namespace prim = torch::jit::prim;

/// Ops that change nothing when the shape and type of their input are the same as those of their
/// output.
bool may_change_nothing(const Node* node) {
  for (const auto* name : {"aten::slice", "aten::expand", "aten::view", "aten::reshape", "aten::to",
                           "aten::narrow", "aten::squeeze", "aten::flatten", "aten::type_as"})
    if (is_op(node, name)) return true;
  return false;
}

bool changes_nothing(const Node* node, const graph_facts& facts) {
  if (!may_change_nothing(node)) return false;
  const auto* in = facts.tensor(node->input(0));
  const auto* out = facts.tensor(node->output());
  return in != nullptr && out != nullptr && in->shape == out->shape && in->type == out->type;
}

void remove_no_ops(Graph& graph, graph_facts& facts) {
  for (auto it = graph.nodes().begin(); it != graph.nodes().end(); ++it) {
    if (!changes_nothing(*it, facts)) continue;
    facts.replace(it->output(), it->input(0));
    it->output()->replaceAllUsesWith(it->input(0));
    it.destroyCurrent();
  }
}

/// Without a mask, a deformable convolution has a tensor of no elements in its place, of which it
/// looks at the batch alone; no graph can hold one.
void fill_empty_masks(Graph& graph) {
  for (auto* node : graph.nodes()) {
    if (!is_op(node, "torchvision::deform_conv2d")) continue;
    const auto mask = constant_tensor(node->input(3));
    if (!mask || mask->numel() != 0 || mask->dim() != 2) continue;
    const torch::jit::WithInsertPoint here{node};
    node->replaceInput(3, graph.insertConstant(at::zeros({mask->size(0), 1}, mask->options())));
  }
}

class conversion {
 public:
  conversion(Graph& graph, const graph_facts& facts, const std::string& name,
             const std::string& place)
      : graph_{graph},
        builder_{facts, name, place},
        fusion_{plan_fusion(graph, facts)},
        norms_{plan_norm_fusion(graph, facts)} {
    for (const auto* node : graph.nodes())
      builder_.multiplies_tokens =
          builder_.multiplies_tokens ||
          ((is_op(node, "aten::matmul") || is_op(node, "aten::bmm")) &&
           facts.tensor(node->input(0)) != nullptr && facts.tensor(node->input(1)) != nullptr);
    builder_.cuts_windows = builder_.multiplies_tokens && cuts_windows(graph);
  }

  converted_model run() {
    for (const auto* input : graph_.inputs()) builder_.add_input(input);
    for (const auto* node : graph_.nodes()) convert(node);
    for (const auto* output : graph_.outputs()) builder_.add_output(output);
    return {std::move(builder_.model), std::move(builder_.weights), 1};
  }

 private:
  void convert(const Node* node) {
    switch (node->kind()) {
      case prim::Constant:
      case prim::ListConstruct:  // taken up by whoever reads the list
        return;
      case prim::ListUnpack:
        for (std::size_t i = 0; i < node->outputs().size(); ++i)
          builder_.alias_element(node->output(i), node->input(), i);
        return;
      default:
        break;
    }
    if (is_op(node, "aten::__getitem__") && constant_int(node->input(1)))
      return take_element(node, *constant_int(node->input(1)));
    if (fusion_.absorbed.count(node) != 0 || norms_.absorbed.count(node) != 0) return;
    if (const auto fused = fusion_.by_last.find(node); fused != fusion_.by_last.end())
      return emit_convolution(node, fused->second);
    if (const auto fused = norms_.by_last.find(node); fused != norms_.by_last.end())
      return emit_norm(node, fused->second);
    if (lift(node, builder_)) return;
    if (auto o = recognise(node, builder_)) return emit_typed(node, std::move(*o));
    builder_.emit_atom(node);
  }

  void take_element(const Node* node, std::int64_t index) {
    const auto* list = builder_.facts().list(node->input(0));
    const auto size = list ? static_cast<std::int64_t>(list->size()) : 0;
    builder_.alias_element(node->output(), node->input(0),
                           static_cast<std::size_t>(index < 0 ? index + size : index));
  }

  void emit_convolution(const Node* last, const fused_convolution& fused) {
    auto o = *recognise(fused.convolution, builder_);
    if (fused.residual != nullptr) o.inputs.push_back(builder_.value(fused.residual));
    o.activation = fused.activation;
    const auto channels = builder_.facts().tensor(last->output())->shape[1];
    o.name = builder_.next_name("conv") + " " + text_of(o.win) + " " + std::to_string(channels);
    if (o.groups != 1) o.name += " in " + std::to_string(o.groups) + " groups";
    builder_.emit(std::move(o), {last->output()});
  }

  void emit_norm(const Node* last, const fused_norm& fused) {
    auto o = make_fused_norm(fused, builder_);
    o.name = builder_.next_name(fused.concat != nullptr ? "concat and norm " : "norm ");
    builder_.emit(std::move(o), {last->output()});
  }

  static const char* stem_of(op_kind kind) {
    switch (kind) {
      case op_kind::transposed_convolution:
        return "upconv";
      case op_kind::max_pool:
        return "maxpool";
      case op_kind::avg_pool:
        return "avgpool";
      default:
        return name_of(kind);
    }
  }

  void emit_typed(const Node* node, op o) {
    o.name = builder_.next_name(stem_of(o.kind));
    if (o.kind != op_kind::concat && o.kind != op_kind::upsample) o.name += " " + text_of(o.win);
    builder_.emit(std::move(o), {node->output(0)});
  }

  Graph& graph_;
  graph_builder builder_;
  fusion_plan fusion_;
  norm_fusion_plan norms_;
};

}  // namespace

converted_model convert(const flat_model& flat, const std::string& name, const std::string& place) {
  graph_facts facts{flat};
  if (replace_attention(*flat.graph, facts)) facts = graph_facts{flat};
  remove_no_ops(*flat.graph, facts);
  fill_empty_masks(*flat.graph);
  replace_channel_sums(*flat.graph, facts);
  replace_decomposed(*flat.graph, facts);
  replace_channel_choices(*flat.graph, facts);
  auto converted = conversion{*flat.graph, facts, name, place}.run();
  converted.images = flat.images;
  simplify(converted);
  return converted;
}

}  // namespace bramble
