#include "model/answer/drawing.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "config/base/error.hpp"
#include "config/defaults_answer.hpp"
#include "model/answer/letters.hpp"
#include "model/image/png_writer.hpp"

namespace bramble {
namespace {

constexpr colour black{0, 0, 0};
constexpr colour white{255, 255, 255};

/// A rectangle of whole pixels; the far edges are not in it.
struct area {
  std::int64_t left, top, right, bottom;
};

void fill(image& photo, const area& what, const colour& with) {
  const auto right = std::min<std::int64_t>(what.right, photo.width);
  const auto bottom = std::min<std::int64_t>(what.bottom, photo.height);
  for (auto y = std::max<std::int64_t>(what.top, 0); y < bottom; ++y)
    for (auto x = std::max<std::int64_t>(what.left, 0); x < right; ++x)
      std::copy(with.begin(), with.end(), photo.rgb.begin() + 3 * (y * photo.width + x));
}

void draw_text(image& photo, const std::u32string& text, std::int64_t left, std::int64_t top,
               std::int64_t dot, const colour& with) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto start = left + static_cast<std::int64_t>(i) * letter_step * dot;
    if (start >= photo.width) return;
    for (int y = 0; y < letter_height; ++y)
      for (int x = 0; x < letter_width; ++x)
        if (is_ink(text[i], x, y))
          fill(photo, {start + x * dot, top + y * dot, start + (x + 1) * dot, top + (y + 1) * dot},
               with);
  }
}

/// Whichever of black and white is better read on it.
colour ink_on(const colour& ground) {
  const auto light = 299 * ground[0] + 587 * ground[1] + 114 * ground[2];
  return light > 127'000 ? black : white;
}

/// A place as a whole number of pixels; boxes from outside may be anywhere.
std::int64_t whole(double place, int most) {
  return static_cast<std::int64_t>(std::lround(std::clamp(place, -1.0, most + 1.0)));
}

void draw_box(image& photo, const labelled_box& each, std::int64_t line) {
  const area frame{whole(each.where.left, photo.width), whole(each.where.top, photo.height),
                   whole(each.where.right, photo.width), whole(each.where.bottom, photo.height)};
  const auto paint = colour_of(each.index);
  fill(photo, {frame.left, frame.top, frame.right, frame.top + line}, paint);
  fill(photo, {frame.left, frame.bottom - line, frame.right, frame.bottom}, paint);
  fill(photo, {frame.left, frame.top, frame.left + line, frame.bottom}, paint);
  fill(photo, {frame.right - line, frame.top, frame.right, frame.bottom}, paint);
  if (each.text.empty()) return;
  const auto text = letters_of(each.text);
  const auto width = static_cast<std::int64_t>(text.size()) * letter_step * line + line;
  const auto height = (letter_height + 2) * line;
  // Above the box, where there is room; and not beyond the right edge, where it can be helped.
  const auto top = frame.top >= height ? frame.top - height : std::max<std::int64_t>(frame.top, 0);
  const auto left =
      std::max<std::int64_t>(0, std::min<std::int64_t>(frame.left, photo.width - width));
  fill(photo, {left, top, left + width, top + height}, paint);
  draw_text(photo, text, left + line, top + line, line, ink_on(paint));
}

/// Hue, saturation and value, each in 0..1, as red, green and blue.
colour from_hue(double hue, double saturation, double value) {
  colour out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    // Each is full within a sixth of the circle of its own place, and gone beyond two sixths.
    const auto place = hue + static_cast<double>(3 - i) / 3;
    const auto away = std::abs(place - std::floor(place) - 0.5);
    const auto share = std::clamp(6 * away - 1, 0.0, 1.0);
    out[i] =
        static_cast<std::uint8_t>(std::lround(255 * value * (1 - saturation + saturation * share)));
  }
  return out;
}

}  // namespace

colour colour_of(std::size_t index) {
  // Steps of the golden angle come near no earlier hue for long; brightness changes besides.
  constexpr double golden = 0.38196601125010515;
  const auto turns = static_cast<double>(index) * golden;
  constexpr std::array values{1.0, 0.75, 0.9};
  return from_hue(turns - std::floor(turns), 0.8, values[index % values.size()]);
}

image shown_photo(const std::variant<image, deep_image>& photo) {
  if (const auto* plain = std::get_if<image>(&photo)) return *plain;
  const auto& deep = std::get<deep_image>(photo);
  image out{deep.width, deep.height, {}};
  out.rgb.reserve(deep.rgb.size());
  for (const auto sample : deep.rgb) out.rgb.push_back(static_cast<std::uint8_t>(sample >> 8U));
  return out;
}

void draw_boxes(image& photo, const std::vector<labelled_box>& boxes) {
  const auto side = std::min(photo.width, photo.height);
  const auto line = std::max<std::int64_t>(1, std::lround(side * defaults::line_share));
  for (const auto& each : boxes) draw_box(photo, each, line);
}

void draw_mask(image& photo, const class_mask& mask, std::size_t bare) {
  if (mask.width != photo.width || mask.height != photo.height)
    throw std::invalid_argument("a mask of another size than the photo");
  for (std::size_t i = 0; i < mask.classes.size(); ++i) {
    if (mask.classes[i] == bare || mask.classes[i] == class_mask::unseen) continue;
    const auto paint = colour_of(mask.classes[i]);
    for (std::size_t k = 0; k < paint.size(); ++k) {
      auto& sample = photo.rgb[3 * i + k];
      sample = static_cast<std::uint8_t>(
          std::lround((1 - defaults::mask_opacity) * sample + defaults::mask_opacity * paint[k]));
    }
  }
}

byte_vector encode_png(const image& picture) {
  return encode_samples(picture.width, picture.height, png_samples::rgb, picture.rgb);
}

byte_vector encode_png(const class_mask& mask, bool has_background, const std::string& file) {
  std::vector<std::uint8_t> numbers;
  numbers.reserve(mask.classes.size());
  for (const auto each : mask.classes) {
    if (each != class_mask::unseen && each >= defaults::mask_classes_most)
      throw user_error(file + ": the mask has class " + std::to_string(each) +
                       ", and a picture holds classes up to " +
                       std::to_string(defaults::mask_classes_most - 1) +
                       "; have the numbers written as .npy.");
    numbers.push_back(each == class_mask::unseen ? 255 : static_cast<std::uint8_t>(each));
  }
  std::vector<std::uint8_t> palette;
  palette.reserve(256 * black.size());
  for (std::size_t i = 0; i < 256; ++i) {
    const bool dark = i == 255 || (i == 0 && has_background);
    const auto paint = dark ? black : colour_of(i);
    palette.insert(palette.end(), paint.begin(), paint.end());
  }
  return encode_samples(mask.width, mask.height, png_samples::indexed, numbers, palette);
}

}  // namespace bramble
