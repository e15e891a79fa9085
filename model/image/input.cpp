#include "model/image/input.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "config/base/files.hpp"
#include "config/defaults.hpp"
#include "config/parse.hpp"
#include "model/graph/element_name.hpp"
#include "model/image/image.hpp"
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

/// The pixels of a model that could be shown a picture.
photo_frame frame_for(const wanted_input& wanted, const std::string& name) {
  const auto any = frame_of(wanted.shape, wanted.means.layout);
  const bool numbers = wanted.type == element_type::f32 || wanted.type == element_type::u8;
  if (!any || !numbers || any->pixels() > defaults::image_pixels_limit)
    throw user_error(name + ": this is an image, and " + wanted.who +
                     " takes no image but a tensor of shape " + text_of(wanted) +
                     "; give it a .npy file.");
  const auto frame = photo_frame_of(wanted.shape, wanted.means.layout);
  if (!frame)
    throw user_error(name +
                     ": this is an image, of which three channels (colours) or one (grey) "
                     "can be made, and " +
                     wanted.who + " takes " + std::to_string(any->channels) + " (" +
                     text_of(wanted) + "); give it a .npy file.");
  return *frame;
}

template <class Element>
byte_vector as_bytes_of(const std::vector<Element>& values) {
  byte_vector out(values.size() * sizeof(Element));
  std::memcpy(out.data(), values.data(), out.size());
  return out;
}

template <class Sample>
byte_vector tensor_bytes(const pixels<Sample>& shown, const photo_frame& to,
                         const wanted_input& wanted) {
  auto how = wanted.means;
  how.layout = to.channels_last ? photo_layout::nhwc : photo_layout::nchw;
  const auto channels = static_cast<std::size_t>(to.channels);
  return wanted.type == element_type::u8
             ? as_bytes_of(to_bytes(shown, channels, how))
             : as_bytes_of(to_tensor(shown, channels, wanted.normalise, how));
}

loaded_input from_image(byte_span bytes, const std::string& name, const wanted_input& wanted) {
  const auto to = frame_for(wanted, name);
  const network_view view{static_cast<int>(to.height), static_cast<int>(to.width), wanted.means.fit,
                          to.channels == 1};
  auto decoded = decode_for_network(bytes, name, view);
  auto tensor = std::visit([&](const auto& shown) { return tensor_bytes(shown, to, wanted); },
                           decoded.picture);
  return {std::move(tensor), std::move(decoded.warnings), decoded.placement};
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
  if (looks_like_npy(bytes)) return {from_npy(bytes, name, wanted), {}, {}};
  if (looks_like_image(bytes)) return from_image(bytes, name, wanted);
  if (is_raw(bytes, wanted, static_cast<std::uint64_t>(*elements)))
    return {std::move(bytes), {}, {}};
  if (const auto foreign = foreign_picture_of(bytes, name))
    throw user_error(name + " is a picture in the format " + foreign->kind +
                     ", which is not read; JPEG, PNG and PPM are: " + foreign->remedy + ".");
  throw user_error(name + " is neither an image (JPEG, PNG, PPM) nor a tensor of shape " +
                   format_shape(wanted.shape) + " (.npy or raw " + name_of(wanted.type) + ").");
}

loaded_input load_input(const std::filesystem::path& path, const wanted_input& wanted) {
  return decode_input(read_file(path, defaults::input_file_limit_bytes), path.string(), wanted);
}

}  // namespace bramble
