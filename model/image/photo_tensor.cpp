#include "model/image/photo_tensor.hpp"

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
                             const normalisation& normalise) {
  if (channels != 1 && channels != 3)
    throw std::invalid_argument("a picture has one channel or three");
  constexpr auto largest = static_cast<float>(std::numeric_limits<Sample>::max());
  const auto count = from.rgb.size() / 3;
  std::vector<float> out(channels * count);
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const float mean = of_channel(normalise.mean, channel, 0);
    const float deviation = of_channel(normalise.deviation, channel, 1);
    for (std::size_t i = 0; i < count; ++i)
      out[channel * count + i] =
          (static_cast<float>(from.rgb[3 * i + channel]) / largest - mean) / deviation;
  }
  return out;
}

template void make_grey(image&);
template void make_grey(deep_image&);
template std::vector<float> to_tensor(const image&, std::size_t, const normalisation&);
template std::vector<float> to_tensor(const deep_image&, std::size_t, const normalisation&);

}  // namespace bramble
