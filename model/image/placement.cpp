#include "model/image/placement.hpp"

#include <algorithm>
#include <cmath>

#include "config/defaults.hpp"

namespace bramble {
namespace {

/// Half to even, as Python rounds.
std::int64_t rounded(double value) {
  return static_cast<std::int64_t>(std::nearbyint(value));
}

/// The length of a side when the other one goes from `leader_from` to `leader_to`.
std::int64_t follow(std::int64_t leader_to, int leader_from, int follower_from) {
  return rounded(double(leader_to) * follower_from / leader_from);
}

void cover(photo_placement& p) {
  const auto around = [](int side) {
    return rounded(double(side) * defaults::resize_numerator / defaults::resize_denominator);
  };
  // The side that needs the larger scale becomes exactly what it should be, the other follows.
  const auto wide = around(p.width), high = around(p.height);
  const bool by_width = wide * p.photo_height >= high * p.photo_width;
  p.scaled_width = by_width ? wide : follow(high, p.photo_height, p.photo_width);
  p.scaled_height = by_width ? follow(wide, p.photo_width, p.photo_height) : high;
  p.left = -((p.scaled_width - p.width) / 2);
  p.top = -((p.scaled_height - p.height) / 2);
}

void enclose(photo_placement& p) {
  const bool by_width =
      std::int64_t{p.width} * p.photo_height <= std::int64_t{p.height} * p.photo_width;
  const std::int64_t one = 1;
  p.scaled_width =
      by_width ? p.width : std::max(one, follow(p.height, p.photo_height, p.photo_width));
  p.scaled_height =
      by_width ? std::max(one, follow(p.width, p.photo_width, p.photo_height)) : p.height;
  p.left = (p.width - p.scaled_width) / 2;
  p.top = (p.height - p.scaled_height) / 2;
}

}  // namespace

photo_placement place_photo(int photo_width, int photo_height, int width, int height,
                            photo_fit fit) {
  photo_placement out{photo_width, photo_height, width, height, width, height, 0, 0};
  const bool as_it_is = photo_width == width && photo_height == height;
  if (as_it_is || fit == photo_fit::stretch) return out;
  if (fit == photo_fit::letterbox)
    enclose(out);
  else
    cover(out);
  return out;
}

point to_photo(const photo_placement& placement, const point& p) {
  return {(p.x - static_cast<double>(placement.left)) * placement.photo_width /
              static_cast<double>(placement.scaled_width),
          (p.y - static_cast<double>(placement.top)) * placement.photo_height /
              static_cast<double>(placement.scaled_height)};
}

point to_input(const photo_placement& placement, const point& p) {
  return {p.x * static_cast<double>(placement.scaled_width) / placement.photo_width +
              static_cast<double>(placement.left),
          p.y * static_cast<double>(placement.scaled_height) / placement.photo_height +
              static_cast<double>(placement.top)};
}

}  // namespace bramble
