#include "model/image/resampling.hpp"

#include <cmath>

#include "config/defaults_image.hpp"

namespace bramble::detail {
namespace {

/// Pillow's rounding: half up for what is positive, towards zero for the little that is negative.
int nearest(double value) {
  return static_cast<int>(value + 0.5);  // NOLINT(bugprone-incorrect-roundings)
}

/// How much of `scaled` pixels from `start` on is inside of `length`.
axis visible(int from, std::int64_t scaled, std::int64_t start, int length) {
  const auto first = std::max<std::int64_t>(0, -start);
  const auto end = std::min<std::int64_t>(scaled, length - start);
  return {from, scaled, first, static_cast<int>(end - first)};
}

}  // namespace

std::vector<tap> taps_of(const axis& along) {
  // The order of these operations decides the last bit, and with it single bytes of the result.
  const double scale = static_cast<double>(along.from) / static_cast<double>(along.to);
  const double reach = std::max(scale, 1.0);
  const double narrowing = 1.0 / reach;
  std::vector<tap> out(static_cast<std::size_t>(along.count));
  std::vector<double> exact;
  for (int i = 0; i < along.count; ++i) {
    const double centre = (static_cast<double>(along.first + i) + 0.5) * scale;
    const int begin = std::max(0, nearest(centre - reach));
    const int end = std::min(along.from, nearest(centre + reach));
    exact.clear();
    double sum = 0;
    for (int x = begin; x < end; ++x) {
      const double distance = std::abs((x - centre + 0.5) * narrowing);
      exact.push_back(distance < 1.0 ? 1.0 - distance : 0.0);
      sum += exact.back();
    }
    auto& tap = out[static_cast<std::size_t>(i)];
    tap.first = begin;
    // The nearest pixel is at most half a pixel away, so the sum is never zero.
    for (const double weight : exact)
      tap.weights.push_back(nearest(weight / sum * (1 << precision_bits)));
  }
  return out;
}

template <class Sample>
pixels<Sample> resize_columns(const pixels<Sample>& from, const std::vector<tap>& taps,
                              int first_row) {
  const auto stride = std::size_t{3} * static_cast<std::size_t>(from.width);
  pixels<Sample> out{from.width, static_cast<int>(taps.size()), {}};
  out.rgb.reserve(stride * taps.size());
  for (const auto& tap : taps) {
    const auto* row = from.rgb.data() + stride * static_cast<std::size_t>(tap.first - first_row);
    for (std::size_t x = 0; x < stride; ++x) out.rgb.push_back(blend(tap.weights, row + x, stride));
  }
  return out;
}

axis across(const photo_placement& p) {
  return visible(p.photo_width, p.scaled_width, p.left, p.width);
}

axis down(const photo_placement& p) {
  return visible(p.photo_height, p.scaled_height, p.top, p.height);
}

template <class Sample>
pixels<Sample> surrounded(pixels<Sample> picture, const photo_placement& placement) {
  if (picture.width == placement.width && picture.height == placement.height) return picture;
  pixels<Sample> out{placement.width, placement.height, {}};
  constexpr auto unit =
      std::numeric_limits<Sample>::max() / std::numeric_limits<std::uint8_t>::max();
  out.rgb.assign(
      std::size_t{3} * static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height),
      static_cast<Sample>(defaults::letterbox_grey * unit));
  const auto row = std::size_t{3} * static_cast<std::size_t>(picture.width);
  for (int y = 0; y < picture.height; ++y) {
    const auto first = (static_cast<std::size_t>(placement.top) + static_cast<std::size_t>(y)) *
                           static_cast<std::size_t>(out.width) +
                       static_cast<std::size_t>(placement.left);
    std::copy_n(picture.rgb.begin() + static_cast<std::ptrdiff_t>(row) * y, row,
                out.rgb.begin() + static_cast<std::ptrdiff_t>(3 * first));
  }
  return out;
}

template image resize_columns(const image&, const std::vector<tap>&, int);
template deep_image resize_columns(const deep_image&, const std::vector<tap>&, int);
template image surrounded(image, const photo_placement&);
template deep_image surrounded(deep_image, const photo_placement&);

}  // namespace bramble::detail
