#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "model/answer/boxes.hpp"
#include "model/answer/mask.hpp"
#include "model/image/image.hpp"

namespace bramble {

using colour = std::array<std::uint8_t, 3>;  ///< red, green, blue

/// The colour of a class; those of neighbouring numbers differ clearly. The same everywhere.
colour colour_of(std::size_t index);

/// A photo of either depth with 8 bits.
image shown_photo(const std::variant<image, deep_image>& photo);

struct labelled_box {
  box where;  ///< in the photo's pixels; what lies outside of it is not drawn
  std::size_t index = 0;
  std::string text;
};

/// Draws a frame for each box, in its class's colour, and its text above or inside it. Lines and
/// letters grow with the photo. Later boxes are drawn over earlier ones.
void draw_boxes(image& photo, const std::vector<labelled_box>& boxes);

/// Lays each class's colour over the photo; `mask` has its size, else std::invalid_argument.
/// `bare` is left as it is: the background's class, or class_mask::unseen.
void draw_mask(image& photo, const class_mask& mask, std::size_t bare);

/// The PNG of a picture.
byte_vector encode_png(const image& picture);

/// The PNG of a mask: each pixel is its class's number, and looks like its class's colour, the
/// background (class 0, where `has_background`) and what was not seen (number 255) being black.
/// Throws `user_error`, which names `file`, for a class beyond 254.
byte_vector encode_png(const class_mask& mask, bool has_background, const std::string& file);

}  // namespace bramble
