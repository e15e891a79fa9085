#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "model/graph/graph.hpp"

namespace bramble {

/// A dense tensor, last dimension running fastest; of the element type that was asked for.
struct tensor_data {
  std::vector<std::int64_t> shape;
  byte_vector bytes;

  bool operator==(const tensor_data&) const = default;
};

/// Whether the bytes start like a NumPy .npy file.
bool looks_like_npy(byte_span bytes);

/// Reads a .npy file of version 1, 2 or 3 in C order, little-endian, with elements of float16, 32
/// or 64, whole numbers of 8 to 64 bits or truth values, as a tensor of type `wanted`: see
/// `convert_elements`. `name` is the file, for messages. Throws `user_error` for Fortran order,
/// other element types, and files that are damaged, truncated or too long. Safe for hostile bytes.
tensor_data decode_npy(byte_span bytes, const std::string& name,
                       element_type wanted = element_type::f32);

/// The bytes of a .npy file (version 1.0, C order): `elements` must be those of `shape`, else
/// std::invalid_argument.
byte_vector encode_npy(std::span<const std::int64_t> shape, element_type type, byte_span elements);
byte_vector encode_npy(std::span<const std::int64_t> shape, std::span<const float> values);

/// Writes a .npy file, whole or not at all. Throws `user_error` when that fails.
void write_npy(const std::filesystem::path& path, std::span<const std::int64_t> shape,
               std::span<const float> values);

}  // namespace bramble
