#include <nlohmann/json.hpp>

#include "balancer/shelf/profile.hpp"
#include "balancer/shelf/profile_tokens.hpp"

namespace bramble {
namespace {

using json = nlohmann::json;

std::string pair_of(char letter, const char* between, const std::array<std::int64_t, 2>& both) {
  return letter + std::to_string(both[0]) + between + std::to_string(both[1]);
}

std::string window_attr(const window& win) {
  auto attr = pair_of('k', "x", win.kernel) + ' ' + pair_of('s', ",", win.stride) + ' ' +
              pair_of('p', ",", win.padding);
  if (win.dilation != std::array<std::int64_t, 2>{1, 1})
    attr += ' ' + pair_of('d', ",", win.dilation);
  return attr;
}

const char* suffix_of(const fused_activation& activation) {
  using kind = fused_activation::kind_t;
  return activation.kind == kind::relu ? "+relu" : activation.kind == kind::clip ? "+hardtanh" : "";
}

std::string convolution_attr(const graph& g, const op& o) {
  return window_attr(o.win) + " g" + std::to_string(o.groups) + " c" +
         std::to_string(g.values[o.inputs[0]].shape[1]) + '>' +
         std::to_string(g.values[o.outputs[0]].shape[1]);
}

std::pair<std::string, std::string> kind_and_attr(const graph& g, const op& o) {
  switch (o.kind) {
    case op_kind::convolution:
      return {std::string{o.inputs.size() == 2 ? "conv2d+add" : "conv2d"} + suffix_of(o.activation),
              convolution_attr(g, o)};
    case op_kind::transposed_convolution:
      return {"conv_transpose2d", convolution_attr(g, o)};
    case op_kind::max_pool:
      return {"max_pool2d", window_attr(o.win)};
    case op_kind::avg_pool:
      return {"avg_pool2d", window_attr(o.win)};
    case op_kind::upsample: {
      constexpr std::array names{"nearest", "nearest_exact", "bilinear"};
      const bool aligned = o.resize.align_corners;
      return {"upsample", names[static_cast<std::size_t>(o.resize.kind)] +
                              std::string{aligned ? " align_corners" : ""}};
    }
    case op_kind::concat:
      return {(o.weights.empty() ? "cat" : "cat+norm") + std::string{suffix_of(o.activation)}, ""};
    case op_kind::select:
      return {"select", ""};
    case op_kind::reshape:
      return {"reshape", ""};
    case op_kind::product:
    case op_kind::take:
    case op_kind::regroup:
      return {name_of(o.kind), ""};
    case op_kind::window_product:
      return {"window_product", ""};
    case op_kind::per_pixel:
      return {o.call.schema, "per_pixel"};
    case op_kind::elementwise:
      return {o.call.schema, "elementwise"};
    default:
      return {o.call.schema, "atom"};
  }
}

std::uint64_t weight_bytes(const graph& g, const op& o) {
  std::uint64_t sum = 0;
  for (auto id : o.weights) sum += element_count(g.weights[id].shape) * size_of(g.weights[id].type);
  return sum;
}

json value_node(const graph& g, value_id value, const std::string& kind, const std::string& attr,
                const std::vector<value_id>& preds) {
  const auto& info = g.values[value];
  return {{"id", value},
          {"op", kind},
          {"attr", attr},
          {"out_shape", info.shape},
          {"out_bytes", element_count(info.shape) * size_of(info.type)},
          {"preds", preds}};
}

json op_node(const graph& g, op_id id, const op_table& table) {
  const auto& o = g.ops[id];
  const auto [kind, attr] = kind_and_attr(g, o);
  auto node = value_node(g, o.outputs[0], kind, attr, o.inputs);
  if (o.kind == op_kind::select) node["channels"] = o.channels;
  if (o.kind == op_kind::upsample) node["scale"] = o.resize.scale;
  if (o.kind == op_kind::product || o.kind == op_kind::window_product)
    node["product"] = json_of(o.product);
  if (o.kind == op_kind::window_product) node["windows"] = {o.windows.rows, o.windows.columns};
  if (o.kind == op_kind::take) node["take"] = json_of_take(g, o);
  node["flops"] = macs(g, id) * 2;
  node["weight_bytes"] = weight_bytes(g, o);
  node["ms"] = 0;
  node["samples"] = json::array();
  if (table.knows(id)) {
    node["ms"] = table.ops[id].back().ms;
    for (const auto& sample : table.ops[id]) node["samples"].push_back({sample.rows, sample.ms});
  }
  for (const auto& slice : slices_of(table, id))
    node["slices"].push_back({slice.channels, slice.ms});
  return node;
}

}  // namespace

std::string format_profile(const graph& g, const op_table& table) {
  std::vector<json> nodes;
  for (auto input : g.inputs) nodes.push_back(value_node(g, input, "input", "", {}));
  double sum_ms = 0;
  for (op_id op = 0; op < g.ops.size(); ++op) {
    nodes.push_back(op_node(g, op, table));
    sum_ms += nodes.back()["ms"].get<double>();
    const auto& outputs = g.ops[op].outputs;
    for (std::size_t i = 1; i < outputs.size(); ++i)
      nodes.push_back(value_node(g, outputs[i], "output", "", {outputs[0]}));
  }
  auto out = "{\"model\":" + json(g.name).dump() + ",\"sum_ms\":" + json(sum_ms).dump() +
             ",\"flops\":" + json(total_macs(g) * 2).dump() +
             ",\"outputs\":" + json(g.outputs).dump() + ",\n\"nodes\":[\n";
  for (std::size_t i = 0; i < nodes.size(); ++i)
    out += nodes[i].dump() + (i + 1 < nodes.size() ? ",\n" : "\n");
  return out + "]}\n";
}

}  // namespace bramble
