#include "model/graph/weight_parts.hpp"

#include <algorithm>

namespace bramble {
namespace {

std::uint64_t whole_bytes(const weight_info& weight) {
  return element_count(weight.shape) * size_of(weight.type);
}

/// Kernels make groups whole.
interval whole_groups(const op& o, std::int64_t channels, interval part) {
  if (o.groups <= 1) return part;
  const auto per_group = channels / o.groups;
  return {part.begin / per_group * per_group, (part.end + per_group - 1) / per_group * per_group};
}

}  // namespace

std::vector<weight_part> weight_parts(const graph& g, const op& o, const region& out) {
  std::vector<weight_part> parts;
  const auto add = [&](weight_id id, interval channels, std::uint64_t bytes) {
    const weight_part part{id, channels, bytes};
    if (std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(part);
  };
  const bool sliced = o.kind == op_kind::convolution || o.kind == op_kind::transposed_convolution;
  const auto channels = sliced ? g.values[o.outputs[0]].shape[1] : 1;
  const auto made = sliced ? whole_groups(o, channels, out.channels) : interval{};
  const auto whole = [&](weight_id id) { add(id, {}, whole_bytes(g.weights[id])); };
  for (auto id : o.weights) {
    if (!sliced || made == interval{0, channels})
      whole(id);
    else
      add(id, made,
          whole_bytes(g.weights[id]) / static_cast<std::uint64_t>(channels) *
              static_cast<std::uint64_t>(made.size()));
  }
  for (const auto& argument : o.call.arguments) {
    if (const auto* ref = std::get_if<weight_ref>(&argument)) whole(ref->id);
    if (const auto* list = std::get_if<tensor_list>(&argument))
      for (const auto& item : list->items)
        if (const auto* ref = std::get_if<weight_ref>(&item)) whole(ref->id);
  }
  return parts;
}

bool reads_weights(const op& o) {
  return (o.kind == op_kind::convolution || o.kind == op_kind::transposed_convolution) &&
         o.groups == 1;
}

std::uint64_t all_weight_bytes(const graph& g) {
  std::uint64_t sum = 0;
  for (const auto& o : g.ops)
    for (const auto& part : weight_parts(g, o, extent(g.values[o.outputs[0]]))) sum += part.bytes;
  return sum;
}

}  // namespace bramble
