#pragma once

#include <cstddef>
#include <cstdint>

/// Numbers of reading pictures that config/defaults.hpp has no room for.
namespace bramble::defaults {

/// EXIF in a PNG's compressed text is read this far: the directory with the orientation stands in
/// front, and a thumbnail behind it does not matter.
inline constexpr std::size_t exif_text_limit_bytes = 64U << 10;

/// Rows of a picture that is being turned are decoded in blocks, so that pixels that become
/// neighbours in memory are written one after the other: 16 of 3 bytes fill most of a cache line.
inline constexpr std::size_t turned_rows = 16;

/// Photos of more pixels are shrunk to a network's input while they are read, if their rows become
/// shorter by this factor: a photo of 50 megapixels is 150 MB, which a Pi of 512 MB does not have
/// beside a node. A smaller one costs nothing, and is quicker as a whole.
inline constexpr std::uint64_t shrunk_pixels = 1'000'000, shrunk_columns = 4;

/// Brightness of red, green and blue for a network of one channel: ITU-R 601 in 16-bit fixed point,
/// as Pillow's `convert("L")` has it.
inline constexpr unsigned luma_red = 19595, luma_green = 38470, luma_blue = 7471;

/// What may be subtracted from a photo's values, or divide them: some networks want 0..255, which
/// is a division by 0.0039.
inline constexpr double photo_scale_most = 1e6, photo_scale_least = 1e-6;

/// The bars beside a photo that does not fill its network's input, of 255: what those who train
/// YOLO networks put there.
inline constexpr unsigned letterbox_grey = 114;

}  // namespace bramble::defaults
