#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/base/codec.hpp"

/// Between the files of this folder only (and their tests): how a camera was held.
namespace bramble::detail {

/// EXIF numbers the eight ways in which a picture can lie in its file; 1 is upright, 6 and 8 are a
/// telephone held upright.
inline constexpr int upright_orientation = 1;

/// Of what EXIF calls a TIFF header and what follows it, either byte order. Anything that is
/// damaged, absent or no such number is taken as upright, as viewers do. Reads nothing outside.
int orientation_of_exif(byte_span tiff);

/// Of the text "Raw profile type exif" of a PNG: EXIF in hexadecimal digits, as programs wrote it
/// before PNG had a chunk for it.
int orientation_of_profile(std::string_view text);

/// Of a whole PNG file: its eXIf chunk, else such a text. A chunk whose checksum is wrong does not
/// count.
int orientation_of_png(byte_span file);

/// Without the "Exif\0\0" in front, if it is there: JPEG has it always, PNG by mistake.
byte_span without_exif_mark(byte_span bytes);

}  // namespace bramble::detail
