#pragma once

#include "model/image/image.hpp"

namespace bramble {

/// Bilinear with anti-aliasing, byte for byte what Pillow's `resize(..., BILINEAR)` makes: a
/// triangle filter, widened by the scale when shrinking, in fixed point, rows first, then columns.
/// Sides at least 1, pixels at most defaults::image_pixels_limit, else `user_error`. Between the
/// two passes there are `width * from.height` pixels. 16-bit samples go the same way and keep their
/// precision. For `image` and `deep_image`.
template <class Sample>
pixels<Sample> resize(const pixels<Sample>& from, int width, int height);

/// The picture a network of this input size is shown: the short side becomes
/// round(side * 256 / 224), the long one follows in proportion, and the centre is cut out. Resizing
/// is as in `resize`; only pixels inside the cut are computed. A picture that already has the
/// wanted size is taken as it is. Limits as for `resize`.
///
/// For a network that is not square, the picture is scaled until both sides are covered.
template <class Sample>
pixels<Sample> fit_for_network(const pixels<Sample>& from, int height, int width);

}  // namespace bramble
