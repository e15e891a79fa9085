#include "model/image/input.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "config/base/files.hpp"
#include "config/defaults.hpp"
#include "config/parse.hpp"
#include "model/image/image.hpp"
#include "model/image/tensor_file.hpp"

namespace bramble {
namespace {

/// 3x224x224 and 1x3x224x224 are the same values in the same order.
std::span<const std::int64_t> without_leading_ones(const std::vector<std::int64_t>& shape) {
  const auto begin = std::find_if(shape.begin(), shape.end(), [](auto size) { return size != 1; });
  return {begin, shape.end()};
}

std::vector<float> from_npy(byte_span bytes, const std::string& name,
                            const std::vector<std::int64_t>& shape) {
  auto tensor = decode_npy(bytes, name);
  if (!std::ranges::equal(without_leading_ones(tensor.shape), without_leading_ones(shape)))
    throw user_error(name + ": the tensor has shape " + format_shape(tensor.shape) +
                     ", and the model takes " + format_shape(shape) + ".");
  return std::move(tensor.values);
}

std::vector<float> from_image(byte_span bytes, const std::string& name,
                              const std::vector<std::int64_t>& shape,
                              const std::optional<normalisation>& normalise) {
  const auto picture = decode_image(bytes, name);
  if (shape.size() != 4 || shape[0] != 1 || shape[1] != 3 ||
      shape[2] * shape[3] > defaults::image_pixels_limit)
    throw user_error(name +
                     ": this is an image, and the model takes no image but a tensor of shape " +
                     format_shape(shape) + "; give it a .npy file.");
  return to_tensor(fit_for_network(picture, static_cast<int>(shape[2]), static_cast<int>(shape[3])),
                   normalise);
}

}  // namespace

std::vector<float> load_input(const std::filesystem::path& path,
                              const std::vector<std::int64_t>& shape,
                              const std::optional<normalisation>& normalise) {
  const auto name = path.string();
  const auto elements = bounded_element_count(shape);
  if (!elements || *elements == 0)
    throw user_error("No input can have the shape " + format_shape(shape) + ".");
  const auto bytes = read_file(path, defaults::input_file_limit_bytes);
  if (looks_like_npy(bytes)) return from_npy(bytes, name, shape);
  if (looks_like_image(bytes)) return from_image(bytes, name, shape, normalise);
  std::vector<float> values(static_cast<std::size_t>(*elements));
  if (bytes.size() != values.size() * sizeof(float))
    throw user_error(name + " is neither an image (JPEG, PNG, PPM) nor a tensor of shape " +
                     format_shape(shape) + " (.npy or raw float32).");
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

}  // namespace bramble
