#pragma once

#include <cstdint>

/// The innermost loops over channels, built for several instruction sets; the processor's best is
/// taken when the program starts. All of them give the same bits (no fused multiply-add), so it
/// does not matter how a map is divided, nor between whom.
namespace bramble::loops {

/// out[i] = the largest of taps[..][i]; NaN wins, as in LibTorch.
void maximum(float* out, const float* const* taps, std::int64_t tap_count, std::int64_t n);

/// out[i] = (taps[0][i] + taps[1][i] + ...) / divisor, added in this order.
void average(float* out, const float* const* taps, std::int64_t tap_count, float divisor,
             std::int64_t n);

/// Between four pixels: upper left, upper right, lower left, lower right; `down` and `across` from
/// 0 to 1.
void blend(float* out, const float* const* corners, float down, float across, std::int64_t n);

/// The sum of a[i] * b[i], in an order that depends on n alone.
float dot(const float* a, const float* b, std::int64_t n);

// In the following `out` may be `a`, but must not overlap an input otherwise.

/// out[i] = min(max(a[i], low), high); NaN stays NaN.
void clamp(float* out, const float* a, float low, float high, std::int64_t n);

void add(float* out, const float* a, const float* b, std::int64_t n);
void multiply(float* out, const float* a, const float* b, std::int64_t n);
void add_scalar(float* out, const float* a, float b, std::int64_t n);
void multiply_scalar(float* out, const float* a, float b, std::int64_t n);

/// out[i] = a[i] * scale[i] + shift[i]
void scale_and_shift(float* out, const float* a, const float* scale, const float* shift,
                     std::int64_t n);

}  // namespace bramble::loops
