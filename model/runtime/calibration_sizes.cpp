#include "model/runtime/calibration_sizes.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "config/defaults.hpp"
#include "model/graph/weight_parts.hpp"

namespace bramble {
namespace {

std::vector<region> all_sizes(const graph& g, const op& o) {
  const auto whole = extent(g.values[o.outputs[0]]);
  std::vector<region> regions{whole};
  if (!splittable(g, o)) return regions;
  for (double share : {3. / 4, 1. / 2, 1. / 3, 1. / 4, 1. / 8}) {
    const auto rows = std::llround(static_cast<double>(whole.rows.size()) * share);
    if (rows < 1 || rows >= regions.back().rows.size()) continue;
    auto strip = whole;
    strip.rows.begin = (whole.rows.size() - rows) / 2;
    strip.rows.end = strip.rows.begin + rows;
    regions.push_back(strip);
  }
  if (reads_weights(o)) {
    auto before = whole.channels.size();
    for (double share : {1. / 2, 1. / 4, 1. / 8}) {
      auto slice = whole;
      slice.channels.end = std::llround(static_cast<double>(whole.channels.size()) * share /
                                        defaults::channel_grain) *
                           defaults::channel_grain;
      if (slice.channels.empty() || slice.channels.end >= before) continue;
      before = slice.channels.end;
      regions.push_back(slice);
    }
  }
  return regions;
}

}  // namespace

std::uint64_t weight_bytes(const graph& g, const op& o, const region& out) {
  std::uint64_t bytes = 0;
  for (const auto& part : weight_parts(g, o, out)) bytes += part.bytes;
  return bytes;
}

std::uint64_t weight_bytes(const graph& g, const op& o, const std::vector<region>& regions) {
  std::set<weight_part> kept;
  for (const auto& out : regions)
    for (const auto& part : weight_parts(g, o, out)) kept.insert(part);
  std::uint64_t bytes = 0;
  for (const auto& part : kept) bytes += part.bytes;
  return bytes;
}

std::vector<region> sizes_to_time(const graph& g, const op& o, std::uint64_t most_weight_bytes) {
  auto regions = all_sizes(g, o);
  const auto bytes = [&](const region& out) { return weight_bytes(g, o, out); };
  const auto lightest = *std::ranges::min_element(regions, {}, bytes);
  std::erase_if(regions, [&](const region& out) { return bytes(out) > most_weight_bytes; });
  if (regions.empty()) regions.push_back(lightest);
  return regions;
}

}  // namespace bramble
