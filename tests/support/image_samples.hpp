#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/image/image.hpp"

/// Images for tests, made by libjpeg and libpng when they are asked for.
namespace samples {

/// A fixed pattern without symmetry.
bramble::image pattern(int width, int height);

enum class jpeg_kind { colour, grey, progressive, cmyk, ycck };
bramble::byte_vector jpeg(int width, int height, jpeg_kind kind = jpeg_kind::colour);

/// `samples` are rows as PNG stores them: `channels` of `depth` bits each, packed. `palette` has
/// RGB triples; `transparent` is the alpha of each palette entry.
struct png_layout {
  int colour_type = 0;
  int depth = 8;
  bool interlaced = false;
  std::vector<std::uint8_t> palette = {};
  std::vector<std::uint8_t> transparent = {};
};
bramble::byte_vector png(int width, int height, const png_layout& layout,
                         std::vector<std::uint8_t> samples);

/// A TIFF header and a directory with `value` as its orientation among other entries.
enum class byte_order { little, big };
bramble::byte_vector exif(int value, byte_order order = byte_order::little);

/// A JPEG with `tiff` as its EXIF segment, after a segment of another kind.
bramble::byte_vector with_exif(const bramble::byte_vector& jpeg, const bramble::byte_vector& tiff);

/// A PNG with one chunk more: right after the header, or as the last before the end.
bramble::byte_vector with_chunk(const bramble::byte_vector& png, const std::string& type,
                                const bramble::byte_vector& data, bool in_front = true);

/// What ImageMagick writes as a text of this kind: the bytes, "Exif\0\0" in front, as digits.
std::string raw_profile(const bramble::byte_vector& tiff);

}  // namespace samples
