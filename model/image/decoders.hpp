#pragma once

#include <cstdint>
#include <string>

#include "model/image/image.hpp"

/// Between the files of this folder only.
namespace bramble::detail {

image decode_jpeg(byte_span bytes, const std::string& name);
image decode_png(byte_span bytes, const std::string& name);
image decode_pnm(byte_span bytes, const std::string& name);

/// An image of that size with all bytes zero. Throws `user_error` when a side is zero or there are
/// more pixels than defaults::image_pixels_limit; call it before anything else is allocated.
image allocate_image(std::uint64_t width, std::uint64_t height, const std::string& name);

}  // namespace bramble::detail
