#pragma once

#include "model/graph/region.hpp"

namespace bramble {

/// The pixels along one axis of which an upsampled pixel is made: `first * (1 - weight) + second *
/// weight`. They are the same on every node, whatever its processor.
struct source_pixels {
  std::int64_t first = 0;
  std::int64_t second = 0;
  float weight = 0;
};

/// Those of output pixel `at` of an axis (0: rows, 1: columns) with `size` input pixels. Always
/// inside the input.
source_pixels source_of(const resampling& how, std::size_t axis, std::int64_t at,
                        std::int64_t size);

/// All pixels that making `out` reads.
interval sources_of(const resampling& how, std::size_t axis, interval out, std::int64_t size);

}  // namespace bramble
