#include "config/parse.hpp"
#include "console/model_show.hpp"
#include "model/graph/region.hpp"

namespace bramble {
namespace {

constexpr const char* splittable_colour = "#cfe8cf";
constexpr const char* whole_colour = "#f3d9c9";

std::string op_line(const graph& g, op_id id) {
  const auto& o = g.ops[id];
  const auto label = o.name + "  " + format_shape(g.values[o.outputs[0]].shape);
  return "    op" + std::to_string(id) + " [label=" + quoted(label) + ", fillcolor=\"" +
         (splittable(g, o) ? splittable_colour : whole_colour) + "\"];\n";
}

std::string source_of(const graph& g, value_id id) {
  const auto producer = g.values[id].producer;
  return producer == no_id ? "in" + std::to_string(id) : "op" + std::to_string(producer);
}

}  // namespace

std::string dot_text(const graph& g, const model_stats& facts) {
  auto text = "digraph " + quoted(g.name) +
              " {\n  node [shape=box, style=filled, fontname=\"sans-serif\"];\n";
  for (auto id : g.inputs)
    text += "  in" + std::to_string(id) +
            " [label=" + quoted("input " + format_shape(g.values[id].shape)) +
            ", shape=ellipse];\n";
  for (std::size_t i = 0; i < facts.layers.size(); ++i) {
    const auto& each = facts.layers[i];
    text += "  subgraph cluster_" + std::to_string(i) + " {\n    label=\"layer " +
            std::to_string(i + 1) + "\";\n";
    for (const auto& branch : each.branches)
      for (auto id : branch.ops) text += op_line(g, id);
    if (each.join) text += op_line(g, *each.join);
    text += "  }\n";
  }
  for (op_id id = 0; id < g.ops.size(); ++id)
    for (auto input : g.ops[id].inputs)
      text += "  " + source_of(g, input) + " -> op" + std::to_string(id) + ";\n";
  for (auto id : g.outputs)
    text += "  out" + std::to_string(id) +
            " [label=" + quoted("output " + format_shape(g.values[id].shape)) +
            ", shape=ellipse];\n  " + source_of(g, id) + " -> out" + std::to_string(id) + ";\n";
  return text + "}\n";
}

}  // namespace bramble
