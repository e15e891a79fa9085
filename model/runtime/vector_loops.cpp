#include "model/runtime/vector_loops.hpp"

#include <cstring>

// Sanitizers instrument the resolvers that choose a clone, which run before the sanitizer does.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define BRAMBLE_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define BRAMBLE_CLONES
#endif

namespace bramble::loops {
namespace {

// Sixteen floats anywhere in memory; the compiler makes of them what the instruction set has. Left
// to itself it turns the loops over taps inside out.
using lanes = float __attribute__((vector_size(64), aligned(4), may_alias));
constexpr std::int64_t lane_count = 16;
constexpr std::int64_t group = 4;  // as many sums as even the smallest register file holds twice

inline const lanes& at(const float* p) {
  return *reinterpret_cast<const lanes*>(p);
}

/// All lanes one after the other, then what is left of x beyond them.
template <class Term>
inline float total(const lanes& sum, const float* x, std::int64_t from, std::int64_t n, Term term) {
  float out = 0.0F;
  for (std::int64_t lane = 0; lane < lane_count; ++lane) out += sum[lane];
  for (auto i = from; i < n; ++i) out += term(x[i]);
  return out;
}

inline float larger(float v, float best) {
  return (v > best) | (v != v) ? v : best;
}

}  // namespace

// Three taps a pass, so that `out` is read and written a third as often. (Vectors of `lanes` do not
// help here: their comparisons with NaN are taken apart into single floats.)
BRAMBLE_CLONES
void maximum(float* __restrict out, const float* const* taps, std::int64_t tap_count,
             std::int64_t n) {
  std::int64_t t = 1;
  if (tap_count < 3) {
    std::memcpy(out, taps[0], static_cast<std::size_t>(n) * sizeof(float));
  } else {
    const float *a = taps[0], *b = taps[1], *c = taps[2];
    for (std::int64_t i = 0; i < n; ++i) out[i] = larger(c[i], larger(b[i], a[i]));
    t = 3;
  }
  for (; t + 3 <= tap_count; t += 3) {
    const float *a = taps[t], *b = taps[t + 1], *c = taps[t + 2];
    for (std::int64_t i = 0; i < n; ++i) out[i] = larger(c[i], larger(b[i], larger(a[i], out[i])));
  }
  for (; t < tap_count; ++t) {
    const float* a = taps[t];
    for (std::int64_t i = 0; i < n; ++i) out[i] = larger(a[i], out[i]);
  }
}

BRAMBLE_CLONES
void average(float* out, const float* const* taps, std::int64_t tap_count, float divisor,
             std::int64_t n) {
  std::int64_t c = 0;
  for (; c + group * lane_count <= n; c += group * lane_count) {
    lanes sum[group] = {};
    for (std::int64_t t = 0; t < tap_count; ++t)
      for (std::int64_t k = 0; k < group; ++k) sum[k] += at(taps[t] + c + k * lane_count);
    for (std::int64_t k = 0; k < group; ++k)
      *reinterpret_cast<lanes*>(out + c + k * lane_count) = sum[k] / divisor;
  }
  for (; c + lane_count <= n; c += lane_count) {
    lanes sum = {};
    for (std::int64_t t = 0; t < tap_count; ++t) sum += at(taps[t] + c);
    *reinterpret_cast<lanes*>(out + c) = sum / divisor;
  }
  for (; c < n; ++c) {
    float sum = 0.0F;
    for (std::int64_t t = 0; t < tap_count; ++t) sum += taps[t][c];
    out[c] = sum / divisor;
  }
}

BRAMBLE_CLONES
void blend(float* out, const float* const* corners, float down, float across, std::int64_t n) {
  const float *a = corners[0], *b = corners[1], *c = corners[2], *d = corners[3];
  const float up = 1.0F - down, left = 1.0F - across;
  for (std::int64_t i = 0; i < n; ++i)
    out[i] = up * (left * a[i] + across * b[i]) + down * (left * c[i] + across * d[i]);
}

BRAMBLE_CLONES
void clamp(float* out, const float* a, float low, float high, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float raised = a[i] < low ? low : a[i];
    out[i] = raised > high ? high : raised;
  }
}

BRAMBLE_CLONES
void add(float* out, const float* a, const float* b, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = a[i] + b[i];
}

BRAMBLE_CLONES
void multiply(float* out, const float* a, const float* b, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = a[i] * b[i];
}

BRAMBLE_CLONES
void add_scalar(float* out, const float* a, float b, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = a[i] + b;
}

BRAMBLE_CLONES
void multiply_scalar(float* out, const float* a, float b, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = a[i] * b;
}

BRAMBLE_CLONES
void scale_and_shift(float* out, const float* a, const float* scale, const float* shift,
                     std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = a[i] * scale[i] + shift[i];
}

BRAMBLE_CLONES
void squared_difference(float* out, const float* a, const float* b, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float apart = a[i] - b[i];
    out[i] = apart * apart;
  }
}

BRAMBLE_CLONES
void normalise(float* out, const float* a, const float* mean, const float* scale,
               const float* shift, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = (a[i] - mean[i]) * scale[i] + shift[i];
}

BRAMBLE_CLONES
float mean_of(const float* x, std::int64_t n) {
  lanes sum = {};
  std::int64_t i = 0;
  for (; i + lane_count <= n; i += lane_count) sum += at(x + i);
  return total(sum, x, i, n, [](float v) { return v; }) / static_cast<float>(n);
}

BRAMBLE_CLONES
float variance_of(const float* x, std::int64_t n) {
  const float mean = mean_of(x, n);
  lanes sum = {};
  std::int64_t i = 0;
  for (; i + lane_count <= n; i += lane_count) {
    const lanes apart = at(x + i) - mean;
    sum += apart * apart;
  }
  const auto square = [mean](float v) { return (v - mean) * (v - mean); };
  return total(sum, x, i, n, square) / static_cast<float>(n);
}

BRAMBLE_CLONES
void copy_pixels(float* __restrict out, std::int64_t out_stride, const float* __restrict in,
                 std::int64_t in_stride, std::int64_t pixels, std::int64_t n) {
  for (std::int64_t p = 0; p < pixels; ++p, out += out_stride, in += in_stride) {
    std::int64_t c = 0;
    for (; c + lane_count <= n; c += lane_count) *reinterpret_cast<lanes*>(out + c) = at(in + c);
    for (; c < n; ++c) out[c] = in[c];
  }
}

BRAMBLE_CLONES
void transform_pixels(float* __restrict out, std::int64_t out_stride, const float* __restrict in,
                      std::int64_t in_stride, std::int64_t pixels, std::int64_t n,
                      const channel_affine& by) {
  const float* __restrict scale = by.scale;
  const float* __restrict shift = by.shift;
  const float low = by.low, high = by.high;
  for (std::int64_t p = 0; p < pixels; ++p, out += out_stride, in += in_stride)
    for (std::int64_t c = 0; c < n; ++c) {
      const float x = in[c] * scale[c] + shift[c];
      const float raised = x < low ? low : x;
      out[c] = raised > high ? high : raised;
    }
}

// Four rows at once: their weights come from memory, and that is what it waits for.
BRAMBLE_CLONES
void dot_products(float* out, const float* x, const float* rows, std::int64_t length,
                  std::int64_t row_count) {
  for (std::int64_t r = 0; r < row_count; r += group) {
    const auto count = row_count - r < group ? row_count - r : group;
    const float* row[group];
    for (std::int64_t k = 0; k < group; ++k) row[k] = rows + (r + (k < count ? k : 0)) * length;
    lanes sum[group] = {};
    std::int64_t i = 0;
    for (; i + lane_count <= length; i += lane_count)
      for (std::int64_t k = 0; k < group; ++k) sum[k] += at(x + i) * at(row[k] + i);
    for (std::int64_t k = 0; k < count; ++k) {
      float total = 0.0F;
      for (std::int64_t lane = 0; lane < lane_count; ++lane) total += sum[k][lane];
      for (auto j = i; j < length; ++j) total += x[j] * row[k][j];
      out[r + k] = total;
    }
  }
}

// What is missing of four sums is made of the first, and left.
BRAMBLE_CLONES
void weighted_sums(float* const* out, const float* const* x, std::int64_t count, const float* rows,
                   std::int64_t row_count, std::int64_t length) {
  static_assert(sums_at_once == group);
  const float* factor[group];
  for (std::int64_t k = 0; k < group; ++k) factor[k] = x[k < count ? k : 0];
  std::int64_t i = 0;
  for (; i + lane_count <= length; i += lane_count) {
    lanes sum[group] = {};
    for (std::int64_t j = 0; j < row_count; ++j) {
      const lanes row = at(rows + j * length + i);
      for (std::int64_t k = 0; k < group; ++k) sum[k] += factor[k][j] * row;
    }
    for (std::int64_t k = 0; k < count; ++k) *reinterpret_cast<lanes*>(out[k] + i) = sum[k];
  }
  for (; i < length; ++i) {
    float sum[group] = {};
    for (std::int64_t j = 0; j < row_count; ++j)
      for (std::int64_t k = 0; k < group; ++k) sum[k] += factor[k][j] * rows[j * length + i];
    for (std::int64_t k = 0; k < count; ++k) out[k][i] = sum[k];
  }
}

}  // namespace bramble::loops
