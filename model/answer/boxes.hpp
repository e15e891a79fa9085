#pragma once

#include <cstddef>
#include <vector>

namespace bramble {

/// A rectangle, in pixels from the left upper corner; `right` and `bottom` are its far edges.
struct box {
  double left = 0, top = 0, right = 0, bottom = 0;

  double width() const { return right - left; }
  double height() const { return bottom - top; }

  bool operator==(const box&) const = default;
};

/// Something that a detector found.
struct detection {
  box where;
  std::size_t index = 0;  ///< its class, as the network numbers it
  double score = 0;       ///< in 0..1

  bool operator==(const detection&) const = default;
};

/// Intersection over union: 1 of equal boxes, 0 of such that do not touch. A box without area
/// covers nothing.
double overlap(const box& a, const box& b);

/// Non-maximum suppression: of boxes of one class that cover each other by more than
/// `most_overlap` the one with the best score stays. The best come first, and those with equal
/// scores in an order that does not depend on the one they came in. Only the best
/// defaults::boxes_compared are looked at, and defaults::boxes_told at most are left.
std::vector<detection> suppress(std::vector<detection> found, double most_overlap);

}  // namespace bramble
