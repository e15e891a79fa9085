#include "model/graph/token_regions.hpp"

#include <algorithm>

namespace bramble {
namespace {

/// Far above any model's, and small enough that no sum or product of two overflows.
constexpr std::int64_t token_limit = 1LL << 28;

/// Elements of some heads, in some rows of one side of a product.
region side_region(const product_side& side, interval heads, interval elements, interval rows) {
  if (side.step == 0)
    return {{side.first + elements.begin, side.first + elements.end}, rows, heads};
  return {{side.first + heads.begin * side.step + elements.begin,
           side.first + (heads.end - 1) * side.step + elements.end},
          rows,
          {0, 1}};
}

bool within(std::int64_t number, std::int64_t least) {
  return number >= least && number <= token_limit;
}

bool has_two_maps(const graph& g, const op& o) {
  return o.inputs.size() == 2 && is_map(g.values[o.inputs[0]]) && is_map(g.values[o.inputs[1]]) &&
         is_map(g.values[o.outputs[0]]);
}

/// Whether a side's heads, of so many elements each, lie inside its map.
bool lies_inside(const product_side& side, std::int64_t heads, std::int64_t elements,
                 const value_info& map) {
  if (!within(side.first, 0) || !within(side.step, 0)) return false;
  if (map.shape[3] != (side.step == 0 ? heads : 1)) return false;
  return side.first + (heads - 1) * side.step + elements <= map.shape[1];
}

}  // namespace

std::int64_t product_width(const graph& g, const op& o) {
  const auto channels = g.values[o.outputs[0]].shape[1];
  return o.product.joined ? channels / o.product.heads : channels;
}

interval product_heads(const graph& g, const op& o, const region& out) {
  if (!o.product.joined) return out.columns;
  const auto width = product_width(g, o);
  return {out.channels.begin / width, (out.channels.end - 1) / width + 1};
}

interval product_channels(const graph& g, const op& o, const region& out) {
  if (!o.product.joined) return out.channels;
  const auto width = product_width(g, o);
  const auto heads = product_heads(g, o, out);
  if (heads.size() > 1) return {0, width};
  return {out.channels.begin - heads.begin * width, out.channels.end - heads.begin * width};
}

region left_of_product(const graph& g, const op& o, const region& out) {
  return side_region(o.product.left, product_heads(g, o, out), {0, o.product.depth}, out.rows);
}

region right_of_product(const graph& g, const op& o, const region& out) {
  const auto& p = o.product;
  const auto rows = g.values[o.inputs[1]].shape[2] / p.blocks;
  const auto left_rows = g.values[o.outputs[0]].shape[2] / p.blocks;
  const interval blocks{out.rows.begin / left_rows, (out.rows.end - 1) / left_rows + 1};
  const auto mine = product_channels(g, o, out);
  // Of every block the same rows: from those of the first to those of the last.
  const auto of_block = p.by_rows ? mine : interval{0, rows};
  const interval read{blocks.begin * rows + of_block.begin, (blocks.end - 1) * rows + of_block.end};
  return side_region(p.right, product_heads(g, o, out), p.by_rows ? interval{0, p.depth} : mine,
                     read);
}

region taken_of(const op& o, std::size_t i, const region& out) {
  const auto wanted = o.taken.columns ? out.columns : out.rows;
  interval read;
  std::int64_t at = 0;
  for (const auto& run : o.taken.runs) {
    if (at >= wanted.end) break;
    const auto mine = intersect(wanted, {at, at + run.count});
    if (run.source == i && !mine.empty())
      read = hull(read, {run.first + mine.begin - at, run.first + mine.end - at});
    at += run.count;
  }
  if (read.empty()) return {};
  return o.taken.columns ? region{out.channels, out.rows, read}
                         : region{out.channels, read, out.columns};
}

region regrouped_input(const graph& g, const op& o, const region& out) {
  const auto made = g.values[o.outputs[0]].shape[3], read = g.values[o.inputs[0]].shape[3];
  const interval pixels{out.rows.begin * made + out.columns.begin,
                        (out.rows.end - 1) * made + out.columns.end};
  const interval rows{pixels.begin / read, (pixels.end - 1) / read + 1};
  if (rows.size() > 1) return {out.channels, rows, {0, read}};
  return {out.channels, rows, {pixels.begin - rows.begin * read, pixels.end - rows.begin * read}};
}

std::string fault_of_product(const graph& g, const op& o) {
  const auto& p = o.product;
  if (!has_two_maps(g, o)) return "multiplies something else than two maps";
  const auto &left = g.values[o.inputs[0]], &right = g.values[o.inputs[1]],
             &out = g.values[o.outputs[0]];
  if (!within(p.blocks, 1) || !within(p.heads, 1) || !within(p.depth, 1))
    return "has an impossible number of blocks, heads or products";
  if (!(p.scale >= -1e30 && p.scale <= 1e30)) return "has an impossible scale";
  if (left.shape[2] != out.shape[2]) return "has other rows than its left side";
  if (out.shape[2] % p.blocks != 0 || right.shape[2] % p.blocks != 0)
    return "has rows that do not divide into its blocks";
  if (out.shape[3] != (p.joined ? 1 : p.heads) || (p.joined && out.shape[1] % p.heads != 0))
    return "has an output that is not one of its heads";
  const auto width = product_width(g, o);
  const auto rows = right.shape[2] / p.blocks;
  if (rows != (p.by_rows ? width : p.depth)) return "has sides that do not fit each other";
  if (!lies_inside(p.left, p.heads, p.depth, left) ||
      !lies_inside(p.right, p.heads, p.by_rows ? p.depth : width, right))
    return "reads channels that are not there";
  return {};
}

std::string fault_of_take(const graph& g, const op& o) {
  const auto& out = g.values[o.outputs[0]];
  if (!is_map(out)) return "makes something that is no map";
  const std::size_t axis = o.taken.columns ? 3 : 2;
  std::int64_t made = 0;
  for (const auto& run : o.taken.runs) {
    if (run.source >= o.inputs.size() + o.weights.size()) return "takes from a source it has not";
    std::vector<std::int64_t> from;  // channels, rows, columns
    if (run.source < o.inputs.size()) {
      const auto& in = g.values[o.inputs[run.source]];
      if (!is_map(in)) return "takes from something that is no map";
      from = {in.shape[1], in.shape[2], in.shape[3]};
    } else {
      const auto& weight = g.weights[o.weights[run.source - o.inputs.size()]];
      if (weight.shape.size() != 3 || weight.type != element_type::f32)
        return "takes from a weight of the wrong shape";
      from = {weight.shape[2], weight.shape[0], weight.shape[1]};
    }
    if (from[0] != out.shape[1] || from[4 - axis] != out.shape[5 - axis])
      return "takes from maps of different sizes";
    if (!within(run.first, 0) || !within(run.count, 1) || run.first + run.count > from[axis - 1])
      return "takes what is not there";
    made += run.count;
    if (made > token_limit) return "takes too much";
  }
  if (made != out.shape[axis]) return "takes another number than it makes";
  return {};
}

std::string fault_of_regroup(const graph& g, const op& o) {
  if (o.inputs.size() != 1) return "needs one input";
  const auto &in = g.values[o.inputs[0]], &out = g.values[o.outputs[0]];
  if (!is_map(in) || !is_map(out)) return "regroups something that is no map";
  if (in.shape[1] != out.shape[1] || in.shape[2] * in.shape[3] != out.shape[2] * out.shape[3])
    return "has another number of channels or pixels than it reads";
  return {};
}

}  // namespace bramble
