#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "model/image/image.hpp"
#include "model/image/placement.hpp"

/// Between the files of this folder only: the two passes of a resize, rows first, then columns.
namespace bramble::detail {

/// Weights are integers of this many fractional bits: 32 less 8 for the pixel and 2 for overshoot.
inline constexpr int precision_bits = 32 - 8 - 2;

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

  int end() const { return first + static_cast<int>(weights.size()); }
};

std::vector<tap> taps_of(const axis& along);

/// 16 bits and the weights' 22 do not fit the 32 that are quicker.
template <class Sample>
using weighted_sum = std::conditional_t<sizeof(Sample) == 1, std::int32_t, std::int64_t>;

/// What a sum begins with, so that it is rounded in the end.
template <class Sample>
inline constexpr weighted_sum<Sample> half_a_sample = 1 << (precision_bits - 1);

template <class Sample>
Sample rounded_sample(weighted_sum<Sample> sum) noexcept {
  constexpr weighted_sum<Sample> largest = std::numeric_limits<Sample>::max();
  return static_cast<Sample>(std::clamp<weighted_sum<Sample>>(sum >> precision_bits, 0, largest));
}

/// Applies `weights` to samples from `sample` on, `stride` samples apart.
template <class Sample>
Sample blend(const std::vector<std::int32_t>& weights, const Sample* sample,
             std::size_t stride) noexcept {
  auto sum = half_a_sample<Sample>;
  for (const auto weight : weights) {
    sum += weighted_sum<Sample>{*sample} * weight;
    sample += stride;
  }
  return rounded_sample<Sample>(sum);
}

/// A row of pixels resized along x.
template <class Sample>
void resize_row(const Sample* row, const std::vector<tap>& taps, Sample* to) noexcept {
  for (const auto& tap : taps)
    for (int colour = 0; colour < 3; ++colour)
      *to++ = blend(tap.weights, row + std::ptrdiff_t{3} * tap.first + colour, 3);
}

/// Resized along y; `from` begins at row `first_row` of the picture that the taps count from.
template <class Sample>
pixels<Sample> resize_columns(const pixels<Sample>& from, const std::vector<tap>& taps,
                              int first_row);

/// The part of the scaled photo that the input shows, as axes.
axis across(const photo_placement& placement);
axis down(const photo_placement& placement);

/// `picture`, which is as much of the scaled photo as the input shows, in the middle of its bars.
template <class Sample>
pixels<Sample> surrounded(pixels<Sample> picture, const photo_placement& placement);

}  // namespace bramble::detail
