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

/// out[i] = (a[i] - b[i])^2
void squared_difference(float* out, const float* a, const float* b, std::int64_t n);

/// out[i] = (a[i] - mean[i]) * scale[i] + shift[i]
void normalise(float* out, const float* a, const float* mean, const float* scale,
               const float* shift, std::int64_t n);

/// The mean of x[0..n), and the mean squared distance to it.
float mean_of(const float* x, std::int64_t n);
float variance_of(const float* x, std::int64_t n);

/// For each of `pixels`: n elements from `in` to `out`, whose pixels are so many elements apart.
void copy_pixels(float* out, std::int64_t out_stride, const float* in, std::int64_t in_stride,
                 std::int64_t pixels, std::int64_t n);

/// What one channel's values go through: x * scale + shift, then a clamp.
struct channel_affine {
  const float* scale;
  const float* shift;
  float low;
  float high;
};

/// The same with `by` applied on the way.
void transform_pixels(float* out, std::int64_t out_stride, const float* in, std::int64_t in_stride,
                      std::int64_t pixels, std::int64_t n, const channel_affine& by);

/// out[r] = the sum of x[i] * rows[r * length + i] over i, for each of `row_count` rows, in an
/// order that depends on `length` alone.
void dot_products(float* out, const float* x, const float* rows, std::int64_t length,
                  std::int64_t row_count);

/// So many sums are made at a time at most.
inline constexpr std::int64_t sums_at_once = 4;

/// out[q][i] = the sum of x[q][j] * rows[j * length + i] over j, one after the other, for each of
/// `count` sums.
void weighted_sums(float* const* out, const float* const* x, std::int64_t count, const float* rows,
                   std::int64_t row_count, std::int64_t length);

}  // namespace bramble::loops
