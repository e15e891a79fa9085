#pragma once

#include "model/graph/host_tensor.hpp"

namespace bramble {

/// Whether a tensor can be looked at: float32 of shape 1 x C x H x W or C x H x W with one channel
/// (grey) or three (red first).
bool is_picture(const host_tensor& tensor);

/// Its PNG of 8 bits a sample: 0 becomes black and 1 full light, and what lies outside is cut off,
/// as is what is no number. Throws std::invalid_argument for what is no picture.
byte_vector encode_png(const host_tensor& tensor);

enum class png_samples { grey, rgb, indexed };

/// The PNG of samples of 8 bits, row by row: one for each pixel, or three. Those of `indexed` are
/// places in a palette of red, green and blue. Throws std::invalid_argument where there are not as
/// many as that takes.
byte_vector encode_samples(int width, int height, png_samples kind, byte_span samples,
                           byte_span palette = {});

}  // namespace bramble
