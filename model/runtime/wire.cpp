#include "model/runtime/wire.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "model/runtime/half.hpp"

namespace bramble {
namespace {

constexpr float largest_int8 = 127;

wire_type wire_of(wire_type wire, const value_info& value) {
  return is_map(value) ? wire : wire_type::fp32;
}

/// Element by element over a region's pixels of channels.
template <class Visit>
void each_pixel(const region& part, const Visit& visit) {
  const auto pixels = part.rows.size() * part.columns.size();
  for (std::int64_t i = 0; i < pixels; ++i) visit(i * part.channels.size());
}

/// The scales of the region's channels, then its elements as multiples of them.
void encode_int8(const region& part, const float* from, std::uint8_t* to) {
  const auto channels = static_cast<std::size_t>(part.channels.size());
  std::vector<float> scales(channels, 0), inverse(channels, 0);
  each_pixel(part, [&](std::int64_t first) {
    for (std::size_t c = 0; c < channels; ++c)
      scales[c] = std::max(scales[c], std::fabs(from[static_cast<std::size_t>(first) + c]));
  });
  for (std::size_t c = 0; c < channels; ++c) {
    // An infinity leaves the rest of its channel without a scale: the largest float stands for it.
    scales[c] = std::min(scales[c], std::numeric_limits<float>::max()) / largest_int8;
    if (scales[c] > 0) inverse[c] = 1 / scales[c];
  }
  std::memcpy(to, scales.data(), channels * sizeof(float));
  to += channels * sizeof(float);
  each_pixel(part, [&](std::int64_t first) {
    for (std::size_t c = 0; c < channels; ++c) {
      const auto at = static_cast<std::size_t>(first) + c;
      const auto steps = from[at] * inverse[c];
      // The comparison sends what is not a number to 0.
      const auto clamped =
          std::fabs(steps) <= largest_int8 ? steps : std::copysign(largest_int8, steps);
      to[at] = static_cast<std::uint8_t>(
          static_cast<std::int8_t>(std::isnan(steps) ? 0 : std::nearbyint(clamped)));
    }
  });
}

void decode_int8(const region& part, const std::uint8_t* from, float* to) {
  const auto channels = static_cast<std::size_t>(part.channels.size());
  std::vector<float> scales(channels);
  std::memcpy(scales.data(), from, channels * sizeof(float));
  from += channels * sizeof(float);
  each_pixel(part, [&](std::int64_t first) {
    for (std::size_t c = 0; c < channels; ++c) {
      const auto at = static_cast<std::size_t>(first) + c;
      to[at] = static_cast<float>(static_cast<std::int8_t>(from[at])) * scales[c];
    }
  });
}

}  // namespace

std::size_t encoded_bytes(wire_type wire, const value_info& value, const region& part) {
  const auto elements = static_cast<std::size_t>(part.elements());
  switch (wire_of(wire, value)) {
    case wire_type::fp16:
      return elements * sizeof(std::uint16_t);
    case wire_type::int8:
      return elements + static_cast<std::size_t>(part.channels.size()) * sizeof(float);
    default:
      return static_cast<std::size_t>(bytes_of(value, part));
  }
}

void encode_wire(wire_type wire, const value_info& value, const region& part,
                 const std::uint8_t* from, std::uint8_t* to) {
  const auto* floats = reinterpret_cast<const float*>(from);
  switch (wire_of(wire, value)) {
    case wire_type::fp16:
      return floats_to_halves(floats, reinterpret_cast<std::uint16_t*>(to), part.elements());
    case wire_type::int8:
      return encode_int8(part, floats, to);
    default:
      std::memcpy(to, from, encoded_bytes(wire, value, part));
  }
}

void decode_wire(wire_type wire, const value_info& value, const region& part, byte_span payload,
                 std::uint8_t* to) {
  const auto wanted = encoded_bytes(wire, value, part);
  if (payload.size() != wanted)
    throw user_error("A tensor of " + std::to_string(payload.size()) + " bytes came where " +
                     std::to_string(wanted) + " were to come.");
  auto* floats = reinterpret_cast<float*>(to);
  switch (wire_of(wire, value)) {
    case wire_type::fp16:
      return halves_to_floats(reinterpret_cast<const std::uint16_t*>(payload.data()), floats,
                              part.elements());
    case wire_type::int8:
      return decode_int8(part, payload.data(), floats);
    default:
      std::memcpy(to, payload.data(), wanted);
  }
}

}  // namespace bramble
