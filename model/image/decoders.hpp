#pragma once

#include <cstdint>
#include <string>

#include "config/defaults.hpp"
#include "model/image/image.hpp"
#include "model/image/network_view.hpp"

/// Between the files of this folder only.
namespace bramble::detail {

/// With a `view` what a network is shown of it, where that can be had in one pass over a large
/// picture (`placement` says so), else the whole.
decoded_image decode_jpeg(byte_span bytes, const std::string& name, const network_view* view);
decoded_image decode_png(byte_span bytes, const std::string& name, const network_view* view);
decoded_image decode_pnm(byte_span bytes, const std::string& name, const network_view* view);

/// Throws `user_error` when a side is zero or there are more pixels than `limit`.
void check_size(std::uint64_t width, std::uint64_t height, std::uint64_t limit,
                const std::string& name);

/// A picture of that size with all samples zero. Throws `user_error` as `check_size` does, the
/// limit being that of the bytes of defaults::image_pixels_limit; call it before anything else is
/// allocated.
template <class Sample>
pixels<Sample> allocate_image(std::uint64_t width, std::uint64_t height, const std::string& name) {
  check_size(width, height, defaults::image_pixels_limit / sizeof(Sample), name);
  pixels<Sample> out{static_cast<int>(width), static_cast<int>(height), {}};
  out.rgb.resize(3 * width * height);
  return out;
}

}  // namespace bramble::detail
