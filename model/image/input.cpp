#include "model/image/input.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "config/base/files.hpp"
#include "config/defaults.hpp"
#include "config/parse.hpp"
#include "model/graph/element_name.hpp"
#include "model/image/image.hpp"
#include "model/image/resize.hpp"
#include "model/image/tensor_file.hpp"

namespace bramble {
namespace {

/// 3x224x224 and 1x3x224x224 are the same values in the same order.
std::span<const std::int64_t> without_leading_ones(const std::vector<std::int64_t>& shape) {
  const auto begin = std::find_if(shape.begin(), shape.end(), [](auto size) { return size != 1; });
  return {begin, shape.end()};
}

std::string text_of(const wanted_input& wanted) {
  return format_shape(wanted.shape) +
         (wanted.type == element_type::f32 ? "" : std::string{" "} + name_of(wanted.type));
}

byte_vector from_npy(byte_span bytes, const std::string& name, const wanted_input& wanted) {
  auto tensor = decode_npy(bytes, name, wanted.type);
  if (!std::ranges::equal(without_leading_ones(tensor.shape), without_leading_ones(wanted.shape)))
    throw user_error(name + ": the tensor has shape " + format_shape(tensor.shape) + ", and " +
                     wanted.who + " takes " + format_shape(wanted.shape) + ".");
  return std::move(tensor.bytes);
}

/// Channels, height and width of a model that could be shown a picture.
struct frame {
  std::int64_t channels, height, width;
};

frame frame_of(const wanted_input& wanted, const std::string& name) {
  auto shape = wanted.shape;
  if (shape.size() == 4 && shape[0] == 1) shape.erase(shape.begin());
  if (shape.size() != 3 || wanted.type != element_type::f32 ||
      shape[1] * shape[2] > defaults::image_pixels_limit)
    throw user_error(name + ": this is an image, and " + wanted.who +
                     " takes no image but a tensor of shape " + text_of(wanted) +
                     "; give it a .npy file.");
  if (shape[0] != 1 && shape[0] != 3)
    throw user_error(name +
                     ": this is an image, of which three channels (colours) or one (grey) "
                     "can be made, and " +
                     wanted.who + " takes " + std::to_string(shape[0]) + " (" + text_of(wanted) +
                     "); give it a .npy file.");
  return {shape[0], shape[1], shape[2]};
}

template <class Sample>
std::vector<float> shown(pixels<Sample>& picture, const frame& to, const normalisation& normalise) {
  // Before it is resized, as those do who train on grey pictures.
  if (to.channels == 1) make_grey(picture);
  return to_tensor(
      fit_for_network(picture, static_cast<int>(to.height), static_cast<int>(to.width)),
      static_cast<std::size_t>(to.channels), normalise);
}

loaded_input from_image(byte_span bytes, const std::string& name, const wanted_input& wanted) {
  auto decoded = decode_image(bytes, name);
  const auto to = frame_of(wanted, name);
  const auto values = std::visit(
      [&](auto& picture) { return shown(picture, to, wanted.normalise); }, decoded.picture);
  loaded_input out{byte_vector(values.size() * sizeof(float)), std::move(decoded.warnings)};
  std::memcpy(out.bytes.data(), values.data(), out.bytes.size());
  return out;
}

/// Elements as they lie in memory; a byte that is neither 0 nor 1 is no truth value.
bool is_raw(byte_span bytes, const wanted_input& wanted, std::uint64_t elements) {
  if (bytes.size() != elements * size_of(wanted.type)) return false;
  return wanted.type != element_type::boolean ||
         std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte <= 1; });
}

}  // namespace

loaded_input decode_input(byte_vector bytes, const std::string& name, const wanted_input& wanted) {
  const auto elements = bounded_element_count(wanted.shape);
  if (!elements || *elements == 0)
    throw user_error("No input can have the shape " + format_shape(wanted.shape) + ".");
  if (looks_like_npy(bytes)) return {from_npy(bytes, name, wanted), {}};
  if (looks_like_image(bytes)) return from_image(bytes, name, wanted);
  if (is_raw(bytes, wanted, static_cast<std::uint64_t>(*elements))) return {std::move(bytes), {}};
  throw user_error(name + " is neither an image (JPEG, PNG, PPM) nor a tensor of shape " +
                   format_shape(wanted.shape) + " (.npy or raw " + name_of(wanted.type) + ").");
}

loaded_input load_input(const std::filesystem::path& path, const wanted_input& wanted) {
  return decode_input(read_file(path, defaults::input_file_limit_bytes), path.string(), wanted);
}

}  // namespace bramble
