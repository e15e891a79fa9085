#pragma once

#include "model/graph/host_tensor.hpp"

namespace bramble {

/// Whether a tensor can be looked at: float32 of shape 1 x C x H x W or C x H x W with one channel
/// (grey) or three (red first).
bool is_picture(const host_tensor& tensor);

/// Its PNG of 8 bits a sample: 0 becomes black and 1 full light, and what lies outside is cut off,
/// as is what is no number. Throws std::invalid_argument for what is no picture.
byte_vector encode_png(const host_tensor& tensor);

}  // namespace bramble
