#pragma once

#include <cstdint>

namespace bramble {

/// IEEE half precision, rounded to nearest even, saturating at 65504 instead of infinity. With the
/// processor's own instructions where it has them (F16C, NEON).
void floats_to_halves(const float* from, std::uint16_t* to, std::int64_t count);
void halves_to_floats(const std::uint16_t* from, float* to, std::int64_t count);

/// The same for one, without such instructions; the way back is `from_half`.
std::uint16_t half_of(float value);

}  // namespace bramble
