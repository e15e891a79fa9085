#include "model/graph/region.hpp"

#include "model/graph/resampling.hpp"
#include "model/graph/token_regions.hpp"
#include "model/graph/window_regions.hpp"

namespace bramble {
namespace {

/// Where along one axis a window op reads, before clipping to the map.
interval receptive_field(const window& win, std::size_t axis, interval out) {
  const auto begin = out.begin * win.stride[axis] - win.padding[axis];
  const auto last = (out.end - 1) * win.stride[axis] - win.padding[axis];
  return {begin, last + (win.kernel[axis] - 1) * win.dilation[axis] + 1};
}

interval clip(interval wanted, std::int64_t size) {
  return intersect(wanted, {0, size});
}

std::int64_t divide_up(std::int64_t a, std::int64_t b) {
  return a >= 0 ? (a + b - 1) / b : -(-a / b);
}

/// Whether a transposed convolution adds anything of input pixel `at` to `out`.
bool spreads_to(const window& win, std::size_t axis, std::int64_t at, interval out) {
  const auto d = win.dilation[axis];
  const auto first = at * win.stride[axis] - win.padding[axis];
  const auto tap = std::max<std::int64_t>(0, divide_up(out.begin - first, d));
  return tap < win.kernel[axis] && first + tap * d < out.end;
}

/// The input pixels that a transposed convolution spreads over `out`; empty where nothing lands.
interval spread_field(const window& win, std::size_t axis, interval out, std::int64_t size) {
  const auto s = win.stride[axis], p = win.padding[axis];
  const auto reach = (win.kernel[axis] - 1) * win.dilation[axis];
  interval field = clip({divide_up(out.begin + p - reach, s), divide_up(out.end + p, s)}, size);
  // With taps further apart than `out` is long, a pixel's taps may all miss it; which do repeats
  // after as many pixels as a dilation is long.
  for (auto tries = win.dilation[axis]; !field.empty(); ++field.begin) {
    if (spreads_to(win, axis, field.begin, out)) break;
    if (--tries == 0) return {};
  }
  while (!field.empty() && !spreads_to(win, axis, field.end - 1, out)) --field.end;
  return field;
}

/// Input channels of a convolution's output channels: all of them, but for groups only theirs.
interval convolution_channels(const op& o, const value_info& in, const value_info& out,
                              interval channels) {
  const auto out_per_group = out.shape[1] / o.groups;
  const auto in_per_group = in.shape[1] / o.groups;
  return {channels.begin / out_per_group * in_per_group,
          ((channels.end - 1) / out_per_group + 1) * in_per_group};
}

region transposed_input(const graph& g, const op& o, const region& out) {
  const auto& in = g.values[o.inputs[0]];
  const region need{convolution_channels(o, in, g.values[o.outputs[0]], out.channels),
                    spread_field(o.win, 0, out.rows, in.shape[2]),
                    spread_field(o.win, 1, out.columns, in.shape[3])};
  return need.empty() ? region{} : need;
}

region upsample_input(const graph& g, const op& o, const region& out) {
  const auto& in = g.values[o.inputs[0]];
  return {out.channels, sources_of(o.resize, 0, out.rows, in.shape[2]),
          sources_of(o.resize, 1, out.columns, in.shape[3])};
}

region select_input(const op& o, const region& out) {
  const auto first = o.channels.begin() + out.channels.begin;
  const auto [least, most] = std::minmax_element(first, o.channels.begin() + out.channels.end);
  return {{*least, *most + 1}, out.rows, out.columns};
}

region window_input(const graph& g, const op& o, const region& out) {
  const auto& in = g.values[o.inputs[0]];
  region need;
  need.rows = clip(receptive_field(o.win, 0, out.rows), in.shape[2]);
  need.columns = clip(receptive_field(o.win, 1, out.columns), in.shape[3]);
  need.channels = o.kind == op_kind::convolution
                      ? convolution_channels(o, in, g.values[o.outputs[0]], out.channels)
                      : out.channels;
  return need;
}

/// A broadcast axis is read whole, any other as far as the output goes.
region broadcast_input(const value_info& in, const region& out) {
  auto along = [](std::int64_t size, interval wanted, bool broadcast) {
    return broadcast ? interval{0, size} : wanted;
  };
  return {along(in.shape[1], out.channels, in.shape[1] == 1),
          along(in.shape[2], out.rows, in.shape[2] == 1),
          along(in.shape[3], out.columns, in.shape[3] == 1)};
}

void concat_inputs(const graph& g, const op& o, const region& out, std::vector<region>& needs) {
  std::int64_t offset = 0;
  for (auto id : o.inputs) {
    const auto channels = g.values[id].shape[1];
    const auto mine = intersect(out.channels, {offset, offset + channels});
    needs.push_back(mine.empty()
                        ? region{}
                        : region{{mine.begin - offset, mine.end - offset}, out.rows, out.columns});
    offset += channels;
  }
}

region needed_input(const graph& g, const op& o, std::size_t i, const region& out) {
  const auto& in = g.values[o.inputs[i]];
  switch (o.kind) {
    case op_kind::convolution:
    case op_kind::max_pool:
    case op_kind::avg_pool:
      return i == 0 ? window_input(g, o, out) : out;
    case op_kind::transposed_convolution:
      return transposed_input(g, o, out);
    case op_kind::upsample:
      return upsample_input(g, o, out);
    case op_kind::elementwise:
      return broadcast_input(in, out);
    case op_kind::per_pixel:
      return {{0, in.shape[1]}, out.rows, out.columns};
    case op_kind::select:
      return select_input(o, out);
    case op_kind::product:
      return i == 0 ? left_of_product(g, o, out) : right_of_product(g, o, out);
    case op_kind::take:
      return taken_of(o, i, out);
    case op_kind::regroup:
      return regrouped_input(g, o, out);
    case op_kind::window_product:
      return i == 0 ? left_in_windows(g, o, out) : right_in_windows(g, o, out);
    default:
      return extent(in);
  }
}

}  // namespace

bool has_window(const op& o) {
  return o.kind == op_kind::convolution || o.kind == op_kind::max_pool ||
         o.kind == op_kind::avg_pool;
}

region hull(const region& a, const region& b) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  return {hull(a.channels, b.channels), hull(a.rows, b.rows), hull(a.columns, b.columns)};
}

void subtract(const region& a, const region& b, std::vector<region>& rest) {
  const auto common = intersect(a, b);
  if (a.empty()) return;
  if (common.empty()) return rest.push_back(a);
  // Peels slabs off `a`, axis by axis, until only the common box is left.
  auto inner = a;
  auto peel = [&](interval region::*axis) {
    const auto whole = inner.*axis;
    const auto keep = common.*axis;
    if (whole.begin < keep.begin) {
      rest.push_back(inner);
      rest.back().*axis = {whole.begin, keep.begin};
    }
    if (keep.end < whole.end) {
      rest.push_back(inner);
      rest.back().*axis = {keep.end, whole.end};
    }
    inner.*axis = keep;
  };
  peel(&region::rows);
  peel(&region::columns);
  peel(&region::channels);
}

bool is_map(const value_info& value) {
  return value.type == element_type::f32 && value.shape.size() == 4 && value.shape[0] == 1;
}

region extent(const value_info& value) {
  if (is_map(value)) return {{0, value.shape[1]}, {0, value.shape[2]}, {0, value.shape[3]}};
  return {{0, static_cast<std::int64_t>(element_count(value.shape))}, {0, 1}, {0, 1}};
}

std::uint64_t bytes_of(const value_info& value, const region& part) {
  return static_cast<std::uint64_t>(part.elements()) * size_of(value.type);
}

bool splittable(const graph& g, const op& o) {
  return o.kind != op_kind::atom && o.kind != op_kind::reshape && is_map(g.values[o.outputs[0]]);
}

border border_of(const graph& g, const op& o, const region& out) {
  if (!has_window(o)) return {};
  const auto& in = g.values[o.inputs[0]];
  const auto rows = receptive_field(o.win, 0, out.rows);
  const auto columns = receptive_field(o.win, 1, out.columns);
  auto before = [](interval field) { return std::max<std::int64_t>(0, -field.begin); };
  auto beyond = [](interval field, std::int64_t size) {
    return std::max<std::int64_t>(0, field.end - size);
  };
  return {before(rows), beyond(rows, in.shape[2]), before(columns), beyond(columns, in.shape[3])};
}

std::vector<region> needed_inputs(const graph& g, const op& o, const region& out) {
  std::vector<region> needs;
  needed_inputs(g, o, out, needs);
  return needs;
}

void needed_inputs(const graph& g, const op& o, const region& out, std::vector<region>& needs) {
  needs.clear();
  needs.reserve(o.inputs.size());
  if (o.kind == op_kind::concat) return concat_inputs(g, o, out, needs);
  for (std::size_t i = 0; i < o.inputs.size(); ++i)
    needs.push_back(out.empty() && o.kind != op_kind::atom ? region{} : needed_input(g, o, i, out));
}

}  // namespace bramble
