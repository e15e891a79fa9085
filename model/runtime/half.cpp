#include "model/runtime/half.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "config/base/half.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace bramble {
namespace {

constexpr float largest_half = 65504.0F;

float saturated(float value) {
  return value > largest_half ? largest_half : value < -largest_half ? -largest_half : value;
}

// Each takes as many elements as fit its vectors, and says how many.
#if defined(__x86_64__)

bool has_instructions() {
  // Every processor with AVX2 has F16C, which not all compilers can ask for.
  static const bool known = __builtin_cpu_supports("avx2") != 0;
  return known;
}

__attribute__((target("avx2,f16c"))) std::int64_t narrow(const float* from, std::uint16_t* to,
                                                         std::int64_t count) {
  const auto high = _mm256_set1_ps(largest_half), low = _mm256_set1_ps(-largest_half);
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    // The second operand comes through where one is not a number.
    const auto value = _mm256_max_ps(low, _mm256_min_ps(high, _mm256_loadu_ps(from + i)));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i),
                     _mm256_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT));
  }
  return i;
}

__attribute__((target("avx2,f16c"))) std::int64_t widen(const std::uint16_t* from, float* to,
                                                        std::int64_t count) {
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    _mm256_storeu_ps(to + i,
                     _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i))));
  return i;
}

#elif defined(__aarch64__)

bool has_instructions() {
  return true;
}

std::int64_t narrow(const float* from, std::uint16_t* to, std::int64_t count) {
  const auto high = vdupq_n_f32(largest_half), low = vdupq_n_f32(-largest_half);
  std::int64_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const auto value = vmaxq_f32(low, vminq_f32(high, vld1q_f32(from + i)));
    vst1_u16(to + i, vreinterpret_u16_f16(vcvt_f16_f32(value)));
  }
  return i;
}

std::int64_t widen(const std::uint16_t* from, float* to, std::int64_t count) {
  std::int64_t i = 0;
  for (; i + 4 <= count; i += 4)
    vst1q_f32(to + i, vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(from + i))));
  return i;
}

#else

bool has_instructions() {
  return false;
}
std::int64_t narrow(const float*, std::uint16_t*, std::int64_t) {
  return 0;
}
std::int64_t widen(const std::uint16_t*, float*, std::int64_t) {
  return 0;
}

#endif

}  // namespace

std::uint16_t half_of(float value) {
  std::uint32_t bits = 0;
  value = saturated(value);
  std::memcpy(&bits, &value, sizeof bits);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000);
  const auto magnitude = std::fabs(value);
  if (std::isnan(value)) return static_cast<std::uint16_t>(sign | 0x7E00);
  // Below the smallest normal half the steps are 2^-24; lrint rounds to even as the rest does.
  if (magnitude < 0x1p-14F)
    return static_cast<std::uint16_t>(sign | std::lrint(magnitude * 0x1p24F));
  const auto kept = bits & 0x7FFFFFFF;
  const auto odd = kept >> 13 & 1;
  return static_cast<std::uint16_t>(sign | ((kept - (112U << 23) + 0xFFF + odd) >> 13));
}

void floats_to_halves(const float* from, std::uint16_t* to, std::int64_t count) {
  std::int64_t i = has_instructions() ? narrow(from, to, count) : 0;
  for (; i < count; ++i) to[i] = half_of(from[i]);
}

void halves_to_floats(const std::uint16_t* from, float* to, std::int64_t count) {
  std::int64_t i = has_instructions() ? widen(from, to, count) : 0;
  for (; i < count; ++i) to[i] = from_half(from[i]);
}

}  // namespace bramble
