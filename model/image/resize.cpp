#include "model/image/resize.hpp"

#include <string>

#include "config/defaults.hpp"
#include "model/image/resampling.hpp"

namespace bramble {
namespace {

using detail::axis;

template <class Sample>
pixels<Sample> resample(const pixels<Sample>& from, const axis& x, const axis& y) {
  const auto x_taps = detail::taps_of(x), y_taps = detail::taps_of(y);
  // Only the rows that the second pass looks at are made by the first.
  const int first_row = y_taps.front().first;
  pixels<Sample> rows{x.count, y_taps.back().end() - first_row, {}};
  const auto stride = std::size_t{3} * static_cast<std::size_t>(rows.width);
  rows.rgb.resize(stride * static_cast<std::size_t>(rows.height));
  for (int y_row = 0; y_row < rows.height; ++y_row)
    detail::resize_row(from.rgb.data() + std::size_t{3} * static_cast<std::size_t>(from.width) *
                                             static_cast<std::size_t>(first_row + y_row),
                       x_taps, rows.rgb.data() + stride * static_cast<std::size_t>(y_row));
  return detail::resize_columns(rows, y_taps, first_row);
}

void require_sides(int width, int height) {
  if (width < 1 || height < 1 || std::int64_t{width} * height > defaults::image_pixels_limit)
    throw user_error("An image cannot be made " + std::to_string(width) + "x" +
                     std::to_string(height) + " pixels large; the limit is " +
                     std::to_string(defaults::image_pixels_limit) + " in all.");
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
  return detail::surrounded(resample(from, detail::across(p), detail::down(p)), p);
}

template image resize(const image&, int, int);
template deep_image resize(const deep_image&, int, int);
template image fit_for_network(const image&, int, int, photo_fit);
template deep_image fit_for_network(const deep_image&, int, int, photo_fit);

}  // namespace bramble
