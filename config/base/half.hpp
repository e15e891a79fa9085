#pragma once

#include <bit>
#include <cstdint>

namespace bramble {

/// An IEEE half as the float of the same value; both NaN's and zero's signs are kept.
inline float from_half(std::uint16_t half) {
  const auto sign = static_cast<std::uint32_t>(half & 0x8000U) << 16U;
  const std::uint32_t rest = half & 0x7FFFU;
  if (rest >= 0x7C00U)  // infinity or NaN
    return std::bit_cast<float>(sign | 0x7F800000U | (rest & 0x3FFU) << 13U);
  if (rest >= 0x400U) return std::bit_cast<float>(sign | ((rest << 13U) + 0x38000000U));
  const float denormal = static_cast<float>(rest) * 0x1p-24F;
  return sign != 0 ? -denormal : denormal;
}

}  // namespace bramble
