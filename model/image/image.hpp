#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/base/codec.hpp"
#include "model/image/network_view.hpp"
#include "model/image/placement.hpp"

namespace bramble {

/// A picture of RGB pixels, row by row from the top left, without padding:
/// `rgb.size() == 3 * width * height`.
template <class Sample>
struct pixels {
  int width = 0;
  int height = 0;
  std::vector<Sample> rgb;

  bool operator==(const pixels&) const = default;
};

using image = pixels<std::uint8_t>;
using deep_image = pixels<std::uint16_t>;  ///< 65535 is full light

struct decoded_image {
  std::variant<image, deep_image> picture;
  /// A sentence, with the file in it, for each kind of damage that the decoder got over by
  /// inventing what was missing.
  std::vector<std::string> warnings;
  std::optional<photo_placement> placement = {};  ///< set where it is what a network is shown
};

/// Whether the bytes start like a JPEG, a PNG or one of the PNM formats. File names do not count.
bool looks_like_image(byte_span bytes);

/// What kind of picture these bytes are that is not read here, and what makes one of it that is:
/// "WebP", "`convert cat.webp cat.png` of ImageMagick makes one"; empty for what is none.
struct foreign_picture {
  std::string kind;
  std::string remedy;
};
std::optional<foreign_picture> foreign_picture_of(byte_span bytes, const std::string& name);

/// Decodes a JPEG, PNG (any colour type and depth) or binary PPM/PGM (P6/P5 with 8 bits) as
/// Pillow's `convert("RGB")` does: grey is repeated three times, transparency is dropped rather
/// than blended. A PNG of 16 bits stays one. A JPEG in printing colours (CMYK, YCCK) is taken as
/// Adobe's programs write it, whether it says so or not. Turned upright where the file says how the
/// camera was held (EXIF, in JPEG and PNG), as Pillow's `exif_transpose` does.
///
/// `name` is the file, for messages. Throws `user_error` for anything else: another format, a
/// truncated or damaged file, more pixels than defaults::image_pixels_limit (half as many at
/// 16 bits). Safe for hostile bytes. Any thread.
decoded_image decode_image(byte_span bytes, const std::string& name);

/// The same as a network is shown it, to the byte what `make_grey` and `fit_for_network` make of
/// the picture, `placement` being set. A large photo is shrunk while it is read and takes few MB
/// then, in any orientation; not so an interlaced PNG or a progressive JPEG, which come as a whole.
decoded_image decode_for_network(byte_span bytes, const std::string& name,
                                 const network_view& view);

}  // namespace bramble
