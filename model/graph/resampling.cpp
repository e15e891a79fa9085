#include "model/graph/resampling.hpp"

#include <cmath>

namespace bramble {
namespace {

/// Rounded down and kept inside the input, before it becomes a whole number.
std::int64_t pixel_at(float place, std::int64_t size) {
  const auto last = static_cast<float>(size - 1);
  return std::min(static_cast<std::int64_t>(std::floor(std::clamp(place, 0.0F, last))), size - 1);
}

}  // namespace

source_pixels source_of(const resampling& how, std::size_t axis, std::int64_t at,
                        std::int64_t size) {
  const auto scale = how.scale[axis];
  const auto place = static_cast<float>(at);
  using kind_t = resampling::kind_t;
  if (how.kind != kind_t::bilinear) {
    const auto offset = how.kind == kind_t::nearest_exact ? 0.5F : 0.0F;
    const auto pixel = pixel_at((place + offset) * scale, size);
    return {pixel, pixel, 0};
  }
  const auto exact = how.align_corners ? place * scale : (place + 0.5F) * scale - 0.5F;
  const auto wanted = std::max(exact, 0.0F);
  const auto first = pixel_at(wanted, size);
  if (first + 1 >= size) return {first, first, 0};
  return {first, first + 1, std::clamp(wanted - static_cast<float>(first), 0.0F, 1.0F)};
}

interval sources_of(const resampling& how, std::size_t axis, interval out, std::int64_t size) {
  if (out.empty()) return {};
  // The further an output pixel, the further what it reads.
  return {source_of(how, axis, out.begin, size).first,
          source_of(how, axis, out.end - 1, size).second + 1};
}

}  // namespace bramble
