#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "model/image/resize.hpp"

namespace bramble {

/// A model's input from a file: `shape` is what the model takes, such as {1, 3, 224, 224}; the
/// answer has as many values as its product, last dimension running fastest.
///
/// The content decides, never the name: a .npy file of that shape (leading ones may differ); or a
/// JPEG, PNG or PPM image, fitted to the network and scaled to 0..1, then normalised where that is
/// wanted; or, when the size is exactly right, raw little-endian float32. Throws `user_error`
/// naming the file otherwise. Any thread.
std::vector<float> load_input(const std::filesystem::path& path,
                              const std::vector<std::int64_t>& shape,
                              const std::optional<normalisation>& normalise = std::nullopt);

}  // namespace bramble
