#include "model/image/photo_tensor.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "config/defaults_image.hpp"

namespace bramble {
namespace {

/// What `numbers` say of a channel.
float of_channel(const std::vector<float>& numbers, std::size_t channel, float otherwise) {
  if (numbers.empty()) return otherwise;
  return numbers.size() == 1 ? numbers[0] : numbers.at(channel);
}

/// Where a tensor's elements lie, and which colour each channel is.
struct element_places {
  std::size_t pixels = 0, step = 1;
  bool channels_last = false, blue_first = false;

  std::size_t first(std::size_t channel) const {
    return channels_last ? channel : channel * pixels;
  }
  std::size_t colour(std::size_t channel) const { return blue_first ? 2 - channel : channel; }
};

element_places places(std::size_t pixels, std::size_t channels, const meaning& how) {
  if (channels != 1 && channels != 3)
    throw std::invalid_argument("a picture has one channel or three");
  const bool last = how.layout == photo_layout::nhwc;
  return {pixels, last ? channels : 1, last, how.colours == colour_order::bgr && channels == 3};
}

std::uint8_t sample_from(float value) {
  if (!(value > 0)) return 0;
  return value >= 255 ? 255 : static_cast<std::uint8_t>(std::lround(value));
}

}  // namespace

template <class Sample>
void make_grey(pixels<Sample>& picture) {
  static_assert(defaults::luma_red + defaults::luma_green + defaults::luma_blue == 1U << 16U);
  for (std::size_t i = 0; i < picture.rgb.size(); i += 3) {
    auto* p = picture.rgb.data() + i;
    const auto sum = std::uint64_t{p[0]} * defaults::luma_red +
                     std::uint64_t{p[1]} * defaults::luma_green +
                     std::uint64_t{p[2]} * defaults::luma_blue;
    p[0] = p[1] = p[2] = static_cast<Sample>((sum + 0x8000U) >> 16U);
  }
}

template <class Sample>
std::vector<float> to_tensor(const pixels<Sample>& from, std::size_t channels,
                             const normalisation& normalise, const meaning& how) {
  constexpr auto largest = static_cast<float>(std::numeric_limits<Sample>::max());
  // A division, so that of 8 bits exactly the samples come out.
  const float light = how.range == value_range::bytes ? largest / 255.0F : largest;
  const auto place = places(from.rgb.size() / 3, channels, how);
  std::vector<float> out(from.rgb.size() / 3 * channels);
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const float mean = of_channel(normalise.mean, channel, 0);
    const float deviation = of_channel(normalise.deviation, channel, 1);
    auto* to = out.data() + place.first(channel);
    const auto* sample = from.rgb.data() + place.colour(channel);
    for (std::size_t i = 0; i < place.pixels; ++i)
      to[i * place.step] = (static_cast<float>(sample[3 * i]) / light - mean) / deviation;
  }
  return out;
}

template <class Sample>
std::vector<std::uint8_t> to_bytes(const pixels<Sample>& from, std::size_t channels,
                                   const meaning& how) {
  constexpr unsigned unit = std::numeric_limits<Sample>::max() / 255U;
  const auto place = places(from.rgb.size() / 3, channels, how);
  std::vector<std::uint8_t> out(from.rgb.size() / 3 * channels);
  for (std::size_t channel = 0; channel < channels; ++channel)
    for (std::size_t i = 0; i < place.pixels; ++i)
      out[place.first(channel) + i * place.step] =
          static_cast<std::uint8_t>((from.rgb[3 * i + place.colour(channel)] + unit / 2) / unit);
  return out;
}

image to_picture(std::span<const float> values, const photo_frame& frame,
                 const normalisation& normalise, const meaning& how) {
  const auto channels = static_cast<std::size_t>(frame.channels);
  const auto count = static_cast<std::size_t>(frame.pixels());
  if (values.size() != channels * count)
    throw std::invalid_argument("as many values as the frame has");
  auto layout = how;
  layout.layout = frame.channels_last ? photo_layout::nhwc : photo_layout::nchw;
  const auto place = places(count, channels, layout);
  const float light = how.range == value_range::bytes ? 1.0F : 255.0F;
  image out{static_cast<int>(frame.width), static_cast<int>(frame.height), {}};
  out.rgb.resize(3 * count);
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const float mean = of_channel(normalise.mean, channel, 0);
    const float deviation = of_channel(normalise.deviation, channel, 1);
    for (std::size_t i = 0; i < count; ++i) {
      const auto value = values[place.first(channel) + i * place.step];
      out.rgb[3 * i + place.colour(channel)] = sample_from((value * deviation + mean) * light);
    }
  }
  if (channels == 1)
    for (std::size_t i = 0; i < count; ++i)
      out.rgb[3 * i + 1] = out.rgb[3 * i + 2] = out.rgb[3 * i];
  return out;
}

template void make_grey(image&);
template void make_grey(deep_image&);
template std::vector<float> to_tensor(const image&, std::size_t, const normalisation&,
                                      const meaning&);
template std::vector<float> to_tensor(const deep_image&, std::size_t, const normalisation&,
                                      const meaning&);
template std::vector<std::uint8_t> to_bytes(const image&, std::size_t, const meaning&);
template std::vector<std::uint8_t> to_bytes(const deep_image&, std::size_t, const meaning&);

}  // namespace bramble
