#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/graph/graph.hpp"
#include "model/image/photo_tensor.hpp"
#include "model/image/placement.hpp"

namespace bramble {

/// What a model takes as one of its inputs.
struct wanted_input {
  std::vector<std::int64_t> shape;  ///< such as {1, 3, 224, 224}
  element_type type = element_type::f32;
  normalisation normalise = {};   ///< of a photo
  std::string who = "the model";  ///< who takes it, for messages
  meaning means = {};             ///< of a photo: how it is fitted and laid out
};

struct loaded_input {
  byte_vector bytes;                  ///< of the tensor, last dimension running fastest
  std::vector<std::string> warnings;  ///< sentences: what was read may not be what was meant
  std::optional<photo_placement> placement = {};  ///< of a photo
};

/// A model's input from a file.
///
/// The content decides, never the name: a .npy file of that shape (leading ones may differ); or,
/// for a model of one channel (it becomes grey) or three, a JPEG, PNG or PPM image, fitted to the
/// network, scaled to 0..1 and normalised, or as `means` says; or, when the size is exactly right,
/// raw little-endian elements. Throws `user_error` naming the file otherwise. Any thread.
loaded_input load_input(const std::filesystem::path& path, const wanted_input& wanted);

/// The same of bytes that are here already; `name` is where they come from, for messages.
loaded_input decode_input(byte_vector bytes, const std::string& name, const wanted_input& wanted);

}  // namespace bramble
