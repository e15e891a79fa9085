#pragma once

#include "model/image/image.hpp"
#include "model/image/placement.hpp"

namespace bramble {

/// Bilinear with anti-aliasing, byte for byte what Pillow's `resize(..., BILINEAR)` makes: a
/// triangle filter, widened by the scale when shrinking, in fixed point, rows first, then columns.
/// Sides at least 1, pixels at most defaults::image_pixels_limit, else `user_error`. Between the
/// two passes there are `width * from.height` pixels. 16-bit samples go the same way and keep their
/// precision. For `image` and `deep_image`.
template <class Sample>
pixels<Sample> resize(const pixels<Sample>& from, int width, int height);

/// What a network is shown: the photo resized as in `resize` and placed as `place_photo` says, with
/// bars of grey where there is nothing of it. Only pixels inside the input are computed. Limits as
/// for `resize`.
template <class Sample>
pixels<Sample> fit_for_network(const pixels<Sample>& from, int height, int width,
                               photo_fit fit = photo_fit::crop);

}  // namespace bramble
