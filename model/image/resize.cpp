#include "model/image/resize.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

#include "config/defaults.hpp"
#include "config/defaults_image.hpp"

namespace bramble {
namespace {

/// Weights are integers of this many fractional bits: 32 less 8 for the pixel and 2 for overshoot.
constexpr int precision_bits = 32 - 8 - 2;

/// One axis of a resize: `from` pixels become `to`, of which [first, first + count) are wanted. An
/// axis that keeps its length needs no case of its own: each pixel then has the whole weight.
struct axis {
  int from;
  std::int64_t to;
  std::int64_t first;
  int count;
};

/// The source pixels that make up one result pixel.
struct tap {
  int first = 0;
  std::vector<std::int32_t> weights;
};

/// Pillow's rounding: half up for what is positive, towards zero for the little that is negative.
int nearest(double value) {
  return static_cast<int>(value + 0.5);  // NOLINT(bugprone-incorrect-roundings)
}

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

/// Applies `weights` to every third sample from `sample` on, `stride` samples apart.
template <class Sample>
Sample blend(const std::vector<std::int32_t>& weights, const Sample* sample, std::size_t stride) {
  // 16 bits and the weights' 22 do not fit the 32 that are quicker.
  using sum_type = std::conditional_t<sizeof(Sample) == 1, std::int32_t, std::int64_t>;
  sum_type sum = 1 << (precision_bits - 1);
  for (const auto weight : weights) {
    sum += sum_type{*sample} * weight;
    sample += stride;
  }
  constexpr sum_type largest = std::numeric_limits<Sample>::max();
  return static_cast<Sample>(std::clamp<sum_type>(sum >> precision_bits, 0, largest));
}

/// Rows [first_row, first_row + rows) of `from`, resized along x.
template <class Sample>
pixels<Sample> resize_rows(const pixels<Sample>& from, const std::vector<tap>& taps, int first_row,
                           int rows) {
  pixels<Sample> out{static_cast<int>(taps.size()), rows, {}};
  out.rgb.reserve(3 * taps.size() * static_cast<std::size_t>(rows));
  for (int y = 0; y < rows; ++y) {
    const auto* row = from.rgb.data() + std::size_t{3} * static_cast<std::size_t>(from.width) *
                                            static_cast<std::size_t>(first_row + y);
    for (const auto& tap : taps)
      for (int colour = 0; colour < 3; ++colour)
        out.rgb.push_back(blend(tap.weights, row + std::size_t{3} * tap.first + colour, 3));
  }
  return out;
}

/// Resized along y; `from` begins at row `first_row` of the picture that the taps count from.
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

template <class Sample>
pixels<Sample> resample(const pixels<Sample>& from, const axis& x, const axis& y) {
  const auto y_taps = taps_of(y);
  // Only the rows that the second pass looks at are made by the first.
  const int first_row = y_taps.front().first;
  const int end_row = y_taps.back().first + static_cast<int>(y_taps.back().weights.size());
  const auto rows = resize_rows(from, taps_of(x), first_row, end_row - first_row);
  return resize_columns(rows, y_taps, first_row);
}

void require_sides(int width, int height) {
  if (width < 1 || height < 1 || std::int64_t{width} * height > defaults::image_pixels_limit)
    throw user_error("An image cannot be made " + std::to_string(width) + "x" +
                     std::to_string(height) + " pixels large; the limit is " +
                     std::to_string(defaults::image_pixels_limit) + " in all.");
}

/// `picture` in the middle of bars.
template <class Sample>
pixels<Sample> surrounded(const pixels<Sample>& picture, const photo_placement& placement) {
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

}  // namespace

template <class Sample>
pixels<Sample> resize(const pixels<Sample>& from, int width, int height) {
  require_sides(width, height);
  if (width == from.width && height == from.height) return from;
  return resample(from, {from.width, width, 0, width}, {from.height, height, 0, height});
}

template <class Sample>
pixels<Sample> fit_for_network(const pixels<Sample>& from, int height, int width, photo_fit fit) {
  require_sides(width, height);
  if (width == from.width && height == from.height) return from;
  const auto p = place_photo(from.width, from.height, width, height, fit);
  const bool has_bars =
      p.left > 0 || p.top > 0 || p.scaled_width < width || p.scaled_height < height;
  if (has_bars)
    return surrounded(
        resize(from, static_cast<int>(p.scaled_width), static_cast<int>(p.scaled_height)), p);
  return resample(from, {from.width, p.scaled_width, -p.left, width},
                  {from.height, p.scaled_height, -p.top, height});
}

template image resize(const image&, int, int);
template deep_image resize(const deep_image&, int, int);
template image fit_for_network(const image&, int, int, photo_fit);
template deep_image fit_for_network(const deep_image&, int, int, photo_fit);

}  // namespace bramble
