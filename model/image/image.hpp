#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/base/codec.hpp"

namespace bramble {

/// A picture of 8-bit RGB pixels, row by row from the top left, without padding:
/// `rgb.size() == 3 * width * height`.
struct image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;

  bool operator==(const image&) const = default;
};

/// Whether the bytes start like a JPEG, a PNG or one of the PNM formats. File names do not count.
bool looks_like_image(byte_span bytes);

/// Decodes a JPEG, PNG (any colour type and depth) or binary PPM/PGM (P6/P5 with 8 bits) as
/// Pillow's `convert("RGB")` does: grey is repeated three times, transparency is dropped rather
/// than blended, 16 bits lose the lower 8, the orientation noted by a camera is not applied.
///
/// `name` is the file, for messages. Throws `user_error` for anything else: another format, a
/// truncated or damaged file, CMYK, more pixels than defaults::image_pixels_limit. Safe for hostile
/// bytes. Any thread.
image decode_image(byte_span bytes, const std::string& name);

}  // namespace bramble
