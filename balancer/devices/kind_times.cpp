#include "balancer/devices/kind_times.hpp"

#include "model/graph/weight_parts.hpp"
#include "model/graph/work.hpp"

namespace bramble {

const char* name_of(op_class which) {
  switch (which) {
    case op_class::dense_3x3:
      return "dense_3x3";
    case op_class::dense:
      return "dense";
    case op_class::depthwise:
      return "depthwise";
    default:
      return "other";
  }
}

op_class class_of(const graph& g, op_id id) {
  const auto& o = g.ops[id];
  if (o.kind != op_kind::convolution)
    return macs(g, id, extent(g.values[o.outputs[0]])) > 0 ? op_class::dense : op_class::other;
  if (o.groups > 1 && g.weights[o.weights[0]].shape[1] == 1) return op_class::depthwise;
  constexpr std::array<std::int64_t, 2> three{3, 3}, one{1, 1};
  const bool is_3x3 =
      o.groups == 1 && o.win.kernel == three && o.win.stride == one && o.win.dilation == one;
  return is_3x3 ? op_class::dense_3x3 : op_class::dense;
}

std::array<kind_time, op_classes> times_by_kind(const graph& g, const op_table& table) {
  std::array<kind_time, op_classes> out;
  for (op_id id = 0; id < g.ops.size(); ++id) {
    if (!table.knows(id)) continue;
    const auto& o = g.ops[id];
    const auto whole = extent(g.values[o.outputs[0]]);
    auto& sum = out[static_cast<std::size_t>(class_of(g, id))];
    ++sum.ops;
    sum.macs += macs(g, id, whole);
    for (const auto& part : weight_parts(g, o, whole))
      sum.weight_bytes += static_cast<double>(part.bytes);
    sum.ms += piece_ms(table, id, whole, whole);
  }
  return out;
}

}  // namespace bramble
