#pragma once

#include <cstdint>

#include "model/graph/meaning.hpp"
#include "model/graph/photo_frame.hpp"

namespace bramble {

/// Where a photo lies in a network's input. All in pixels, of which the first one spans 0 to 1.
struct photo_placement {
  int photo_width = 0, photo_height = 0;
  int width = 0, height = 0;  ///< of the input
  /// The photo is scaled to this size, and its left upper corner comes to lie here: below zero
  /// where something is cut off, above zero where there are bars.
  std::int64_t scaled_width = 0, scaled_height = 0;
  std::int64_t left = 0, top = 0;

  bool operator==(const photo_placement&) const = default;
};

/// `crop` (and `unsaid`): the short side becomes round(side * 256 / 224), the long one follows in
/// proportion, and the centre is cut out; a photo that has the wanted size stays as it is. For a
/// network that is not square, the photo is scaled until both sides are covered. `letterbox`: as
/// large as fits, in the middle. `stretch`: exactly the input. Sides are at least 1.
photo_placement place_photo(int photo_width, int photo_height, int width, int height,
                            photo_fit fit);

struct point {
  double x = 0, y = 0;
  bool operator==(const point&) const = default;
};

/// From a place in the input to that in the photo, which may lie outside of it, and back.
point to_photo(const photo_placement& placement, const point& p);
point to_input(const photo_placement& placement, const point& p);

}  // namespace bramble
