#pragma once

#include <cstdint>
#include <vector>

#include "model/image/image.hpp"

/// Images for tests, made by libjpeg and libpng when they are asked for.
namespace samples {

/// A fixed pattern without symmetry.
bramble::image pattern(int width, int height);

enum class jpeg_kind { colour, grey, progressive, cmyk };
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

}  // namespace samples
