#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/graph/meaning.hpp"

namespace bramble {

/// A tensor as pixels: where in memory they lie.
struct photo_frame {
  std::int64_t channels = 0, height = 0, width = 0;
  bool channels_last = false;

  std::int64_t pixels() const { return height * width; }
  /// Of an element, in a dense tensor.
  std::int64_t place(std::int64_t channel, std::int64_t y, std::int64_t x) const {
    return channels_last ? (y * width + x) * channels + channel
                         : channel * pixels() + y * width + x;
  }

  bool operator==(const photo_frame&) const = default;
};

/// A tensor of shape 1xCxHxW or CxHxW, or 1xHxWxC or HxWxC where `layout` says so, whatever C is.
/// Empty for other shapes, and those with a side of zero.
std::optional<photo_frame> frame_of(const std::vector<std::int64_t>& shape, photo_layout layout);

/// Likewise for an input that a photo can become: of one channel or three. Where nobody said the
/// layout the shape does, and channels stand first where they could be in both places.
std::optional<photo_frame> photo_frame_of(const std::vector<std::int64_t>& shape,
                                          photo_layout layout);

}  // namespace bramble
