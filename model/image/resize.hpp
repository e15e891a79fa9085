#pragma once

#include <array>
#include <optional>
#include <vector>

#include "model/image/image.hpp"

namespace bramble {

/// Bilinear with anti-aliasing, byte for byte what Pillow's `resize(..., BILINEAR)` makes: a
/// triangle filter, widened by the scale when shrinking, in fixed point, rows first, then columns.
/// Sides at least 1, pixels at most defaults::image_pixels_limit, else `user_error`. Between the
/// two passes there are `width * from.height` pixels.
image resize(const image& from, int width, int height);

/// The picture a network of this input size is shown: the short side becomes
/// round(side * 256 / 224), the long one follows in proportion, and the centre is cut out. Resizing
/// is as in `resize`; only pixels inside the cut are computed. A picture that already has the
/// wanted size is taken as it is. Limits as for `resize`.
///
/// For a network that is not square, the picture is scaled until both sides are covered.
image fit_for_network(const image& from, int height, int width);

/// Subtracted and divided by, per colour, on values in 0..1.
struct normalisation {
  std::array<float, 3> mean{0, 0, 0};
  std::array<float, 3> deviation{1, 1, 1};
};

/// The pixels as float32 of shape 1 x 3 x height x width, red first, in 0..1 (byte / 255), then
/// normalised where that is wanted.
std::vector<float> to_tensor(const image& from,
                             const std::optional<normalisation>& normalise = std::nullopt);

}  // namespace bramble
