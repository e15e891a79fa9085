#include "model/graph/window_regions.hpp"

#include "model/graph/token_regions.hpp"

namespace bramble {
namespace {

/// Far above any model's, and small enough that no sum or product of two overflows.
constexpr std::int64_t window_limit = 1LL << 28;

bool is_count(std::int64_t number, std::int64_t least = 1) {
  return number >= least && number <= window_limit;
}

/// Channels of some elements of some heads.
interval channels_of_heads(const product_side& side, interval heads, interval elements) {
  return {side.first + heads.begin * side.step + elements.begin,
          side.first + (heads.end - 1) * side.step + elements.end};
}

/// In every window that `part` touches, from `own.begin` to `own.end`: the hull.
interval in_windows_of(interval part, std::int64_t size, interval own) {
  return {part.begin / size * size + own.begin, (part.end - 1) / size * size + own.end};
}

bool heads_lie_inside(const product_side& side, std::int64_t heads, std::int64_t elements,
                      const value_info& map) {
  return is_count(side.first, 0) && is_count(side.step, 0) && is_count(elements) &&
         side.first + (heads - 1) * side.step + elements <= map.shape[1];
}

std::string fault_of_sizes(const op& o) {
  const auto& p = o.product;
  const auto& w = o.windows;
  if (!is_count(p.heads) || !is_count(p.depth) || p.blocks != 1)
    return "has an impossible number of blocks, heads or products";
  if (!is_count(w.rows) || !is_count(w.columns)) return "has windows of an impossible size";
  if (!(p.scale >= -1e30 && p.scale <= 1e30)) return "has an impossible scale";
  if (p.joined == p.by_rows) return "makes neither scores nor sums";
  return {};
}

}  // namespace

window_part part_in_windows(const graph& g, const op& o, const region& out) {
  const auto heads = o.product.heads;
  if (o.product.joined) return {out.columns, product_heads(g, o, out), product_channels(g, o, out)};
  const interval columns{out.columns.begin / heads, (out.columns.end - 1) / heads + 1};
  if (columns.size() > 1) return {columns, {0, heads}, out.channels};
  const auto first = columns.begin * heads;
  return {columns, {out.columns.begin - first, out.columns.end - first}, out.channels};
}

region left_in_windows(const graph& g, const op& o, const region& out) {
  const auto& p = o.product;
  const auto [columns, heads, own] = part_in_windows(g, o, out);
  if (p.by_rows) return {channels_of_heads(p.left, heads, {0, p.depth}), out.rows, columns};
  return {{0, p.depth},
          out.rows,
          {columns.begin * p.heads + heads.begin, (columns.end - 1) * p.heads + heads.end}};
}

region right_in_windows(const graph& g, const op& o, const region& out) {
  const auto& p = o.product;
  const auto& w = o.windows;
  const auto [columns, heads, own] = part_in_windows(g, o, out);
  interval of_rows{0, w.rows}, of_columns{0, w.columns};
  if (p.by_rows) {
    of_rows = {own.begin / w.columns, (own.end - 1) / w.columns + 1};
    const auto first = of_rows.begin * w.columns;
    if (of_rows.size() == 1) of_columns = {own.begin - first, own.end - first};
  }
  return {channels_of_heads(p.right, heads, p.by_rows ? interval{0, p.depth} : own),
          in_windows_of(out.rows, w.rows, of_rows), in_windows_of(columns, w.columns, of_columns)};
}

std::string fault_of_window_product(const graph& g, const op& o) {
  if (o.inputs.size() != 2) return "multiplies something else than two maps";
  const auto &left = g.values[o.inputs[0]], &right = g.values[o.inputs[1]],
             &out = g.values[o.outputs[0]];
  if (!is_map(left) || !is_map(right) || !is_map(out))
    return "multiplies something else than two maps";
  if (auto fault = fault_of_sizes(o); !fault.empty()) return fault;
  const auto& p = o.product;
  const auto& w = o.windows;
  const auto rows = out.shape[2], columns = right.shape[3], pixels = w.rows * w.columns;
  if (left.shape[2] != rows || right.shape[2] != rows) return "has sides of different rows";
  if (rows % w.rows != 0 || columns % w.columns != 0)
    return "has a map that does not divide into its windows";
  const auto &scores = p.by_rows ? out : left, &other = p.by_rows ? left : out;
  if (other.shape[3] != columns || scores.shape[3] != columns * p.heads ||
      scores.shape[1] != pixels)
    return "has scores that are not those of its windows";
  if (p.by_rows)
    return heads_lie_inside(p.left, p.heads, p.depth, left) &&
                   heads_lie_inside(p.right, p.heads, p.depth, right)
               ? std::string{}
               : "reads channels that are not there";
  if (p.depth != pixels || p.left.first != 0 || p.left.step != 0)
    return "has sides that do not fit each other";
  if (out.shape[1] % p.heads != 0) return "has an output that is not one of its heads";
  return heads_lie_inside(p.right, p.heads, out.shape[1] / p.heads, right)
             ? std::string{}
             : "reads channels that are not there";
}

}  // namespace bramble
