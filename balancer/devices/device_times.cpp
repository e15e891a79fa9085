#include "balancer/devices/device_times.hpp"

#include <algorithm>
#include <cmath>

#include "balancer/devices/kind_times.hpp"
#include "config/defaults_balancer.hpp"
#include "config/defaults_devices.hpp"
#include "model/graph/weight_parts.hpp"
#include "model/graph/work.hpp"

namespace bramble {
namespace {

std::int64_t rounded_up(std::int64_t size, std::int64_t tile) {
  return (size + tile - 1) / tile * tile;
}

const kernel_rate& kernels_for(const device_description& device, const graph& g, op_id id) {
  switch (class_of(g, id)) {
    case op_class::dense_3x3:
      return device.dense_3x3;
    case op_class::depthwise:
      return device.depthwise;
    default:
      return device.dense;
  }
}

/// How many times the region's own work its tiles are. One pixel alone is a product of a matrix
/// with a vector, for which kernels have a way of their own.
double tiling(const kernel_rate& kernels, const region& out) {
  const auto columns = out.columns.size();
  auto pixels = rounded_up(out.rows.size(), kernels.tile_rows) * columns;
  if (out.rows.size() * columns > 1) pixels = rounded_up(pixels, kernels.tile_pixels);
  const auto channels = rounded_up(out.channels.size(), kernels.tile_channels);
  return static_cast<double>(pixels * channels) /
         static_cast<double>(out.rows.size() * columns * out.channels.size());
}

double weights_read(const graph& g, const op& o, const region& out) {
  double bytes = 0;
  for (const auto& part : weight_parts(g, o, out)) bytes += static_cast<double>(part.bytes);
  return bytes;
}

std::vector<std::int64_t> rows_to_table(std::int64_t all) {
  std::vector<std::int64_t> rows;
  for (std::int64_t r = 1; r <= std::min(all, defaults::device_table_rows); ++r) rows.push_back(r);
  const auto beyond = all - defaults::device_table_rows;
  for (std::int64_t i = 1; beyond > 0 && i <= defaults::device_table_more_rows; ++i) {
    const auto r = defaults::device_table_rows + beyond * i / defaults::device_table_more_rows;
    if (r > rows.back()) rows.push_back(r);
  }
  return rows;
}

std::vector<std::int64_t> slices_to_table(std::int64_t all) {
  std::vector<std::int64_t> channels;
  for (std::int64_t i = 1; i <= defaults::device_table_slices; ++i) {
    const auto c =
        std::min(all, rounded_up(all * i / defaults::device_table_slices, defaults::channel_grain));
    if (c > (channels.empty() ? 0 : channels.back())) channels.push_back(c);
  }
  return channels;
}

/// Without samples that interpolation between others tells as well: tables travel.
template <class Sample, class Size>
std::vector<Sample> thinned(const std::vector<Sample>& all, Size size) {
  if (all.size() < 3) return all;
  std::vector<Sample> kept{all.front()};
  std::size_t from = 0;
  const auto is_told = [&](std::size_t to) {
    const auto step =
        (all[to].ms - all[from].ms) / static_cast<double>(size(all[to]) - size(all[from]));
    for (auto i = from + 1; i < to; ++i) {
      const auto told = all[from].ms + step * static_cast<double>(size(all[i]) - size(all[from]));
      if (std::abs(told - all[i].ms) > defaults::device_table_tolerance * all[i].ms) return false;
    }
    return true;
  };
  for (std::size_t to = 2; to < all.size(); ++to) {
    if (is_told(to)) continue;
    from = to - 1;
    kept.push_back(all[from]);
  }
  kept.push_back(all.back());
  return kept;
}

}  // namespace

double kernel_macs(const device_description& device, const graph& g, op_id id, const region& out) {
  const auto real = macs(g, id, out);
  if (real <= 0) return 0;
  return g.ops[id].kind == op_kind::convolution ? real * tiling(kernels_for(device, g, id), out)
                                                : real;
}

double memory_bytes(const device_description& device, const graph& g, op_id id, const region& out) {
  const auto weights = weights_read(g, g.ops[id], out);
  const auto maps = moved_bytes(g, id, out) - weights;
  return weights + (maps > device.last_cache_mb * 1e6 ? maps : 0);
}

double piece_ms(const device_description& device, const graph& g, op_id id, const region& out) {
  const auto multiplying =
      kernel_macs(device, g, id, out) / (kernels_for(device, g, id).gmacs * 1e6);
  const auto moving = memory_bytes(device, g, id, out) / (device.memory_gb_per_s * 1e6);
  return std::max(multiplying, moving) + device.op_fixed_ms;
}

double model_ms(const device_description& device, const graph& g) {
  double ms = 0;
  for (op_id id = 0; id < g.ops.size(); ++id)
    ms += piece_ms(device, g, id, extent(g.values[g.ops[id].outputs[0]]));
  return ms;
}

op_table device_table(const device_description& device, const graph& g) {
  op_table table;
  table.ops.resize(g.ops.size());
  table.slices.resize(g.ops.size());
  for (op_id id = 0; id < g.ops.size(); ++id) {
    const auto& o = g.ops[id];
    const auto whole = extent(g.values[o.outputs[0]]);
    if (!splittable(g, o)) {
      table.ops[id] = {{whole.rows.size(), piece_ms(device, g, id, whole)}};
      continue;
    }
    for (const auto rows : rows_to_table(whole.rows.size())) {
      // From the middle: a halo on both sides.
      auto strip = whole;
      strip.rows.begin = (whole.rows.size() - rows) / 2;
      strip.rows.end = strip.rows.begin + rows;
      table.ops[id].push_back({rows, piece_ms(device, g, id, strip)});
    }
    table.ops[id] = thinned(table.ops[id], [](const op_sample& s) { return s.rows; });
    if (!reads_weights(o)) continue;
    for (const auto channels : slices_to_table(whole.channels.size())) {
      auto slice = whole;
      slice.channels.end = channels;
      table.slices[id].push_back({channels, piece_ms(device, g, id, slice)});
    }
    table.slices[id] = thinned(table.slices[id], [](const slice_sample& s) { return s.channels; });
  }
  return table;
}

}  // namespace bramble
