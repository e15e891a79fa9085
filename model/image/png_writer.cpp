#include "model/image/png_writer.hpp"

#include <png.h>

#include <cmath>
#include <cstring>
#include <stdexcept>

#include "config/defaults.hpp"

namespace bramble {
namespace {

struct picture_form {
  std::size_t channels = 0, height = 0, width = 0;
};

picture_form form_of(const host_tensor& tensor) {
  auto shape = tensor.shape;
  if (shape.size() == 4 && shape[0] == 1) shape.erase(shape.begin());
  if (tensor.type != element_type::f32 || shape.size() != 3 || (shape[0] != 1 && shape[0] != 3) ||
      shape[1] < 1 || shape[2] < 1 || shape[1] * shape[2] > defaults::image_pixels_limit)
    return {};
  return {static_cast<std::size_t>(shape[0]), static_cast<std::size_t>(shape[1]),
          static_cast<std::size_t>(shape[2])};
}

std::uint8_t sample_of(float value) {
  if (!(value > 0)) return 0;
  return value >= 1 ? 255 : static_cast<std::uint8_t>(std::lround(value * 255));
}

}  // namespace

bool is_picture(const host_tensor& tensor) {
  return form_of(tensor).channels != 0;
}

byte_vector encode_png(const host_tensor& tensor) {
  const auto form = form_of(tensor);
  const auto pixels = form.height * form.width;
  if (form.channels == 0 || tensor.bytes.size() != form.channels * pixels * sizeof(float))
    throw std::invalid_argument("a tensor that is no picture");
  byte_vector samples(form.channels * pixels);
  for (std::size_t channel = 0; channel < form.channels; ++channel)
    for (std::size_t i = 0; i < pixels; ++i) {
      float value = 0;
      std::memcpy(&value, tensor.bytes.data() + (channel * pixels + i) * sizeof value,
                  sizeof value);
      samples[i * form.channels + channel] = sample_of(value);
    }
  return encode_samples(static_cast<int>(form.width), static_cast<int>(form.height),
                        form.channels == 3 ? png_samples::rgb : png_samples::grey, samples);
}

byte_vector encode_samples(int width, int height, png_samples kind, byte_span samples,
                           byte_span palette) {
  const auto pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  const bool indexed = kind == png_samples::indexed;
  const std::size_t each = kind == png_samples::rgb ? 3 : 1;
  if (width < 1 || height < 1 || samples.size() != each * pixels || palette.size() % 3 != 0 ||
      palette.empty() == indexed)
    throw std::invalid_argument("samples of a picture of another size");
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width);
  image.height = static_cast<png_uint_32>(height);
  image.format = indexed                    ? PNG_FORMAT_RGB_COLORMAP
                 : kind == png_samples::rgb ? PNG_FORMAT_RGB
                                            : PNG_FORMAT_GRAY;
  image.colormap_entries = static_cast<png_uint_32>(palette.size() / 3);
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  byte_vector out(size);
  if (png_image_write_to_memory(&image, out.data(), &size, 0, samples.data(), 0, palette.data()) ==
      0)
    throw std::runtime_error(std::string{"libpng: "} + image.message);
  out.resize(size);
  return out;
}

}  // namespace bramble
