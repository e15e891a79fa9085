#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// How a device computes, and how it is calibrated.
namespace bramble::defaults {

/// Work is shared between threads in portions of at least this many elements: about 5 us of
/// copying, as much as waking a second thread takes.
inline constexpr std::int64_t parallel_grain_elements = 16384;

/// A calibration of a model with ten thousand ops at six sizes takes one; more is none of ours.
inline constexpr std::size_t calibration_limit_bytes = 64U << 20;

/// Each op and region size is timed this often; the least counts. The first run pays for cold code.
inline constexpr int calibration_runs = 4;

/// A piece of 0.1 to 0.2 ms on a desktop core takes this long at the pace of a Pi 4, and the other
/// nodes on that core need some MB meanwhile: more than its own caches have. Measured without
/// either, pieces of a paced node took 1.15 to 1.3 times what the calibration said.
inline constexpr std::chrono::microseconds paced_calibration_rest{2'000};
inline constexpr std::size_t calibration_sweep_bytes = 4U << 20;

/// Another backend than the usual one is chosen when it takes at most this share of its time. Equal
/// nodes must choose alike for their answers to have equal bits, and a few runs beside other
/// programs are 20 % off; where a backend is really the right one (XNNPACK on ARM), it takes half.
inline constexpr double backend_gain = 0.7;

/// Numbers added up in another order have other bits in half of all cases, or in a fifteenth where
/// the orders are nearly the same. Of so many at least one shows it even in a part of a hundredth
/// of them.
inline constexpr std::int64_t exactness_sure_elements = 32'768;

/// An op that makes fewer is made of other data again, until it made as many, at most so often: a
/// part in which only one or two numbers differ did so in 11 of 100 rounds where that was rarest.
inline constexpr std::int64_t exactness_rounds = 64;

/// Another code of the same library is chosen for a convolution whose usual one adds up parts in
/// another order, when it takes at most this many times as long.
inline constexpr double exactness_cost = 1.03;

/// How often each is timed for that, in turns; the least counts. Four tell 20 % apart, this 3 %.
inline constexpr int exactness_runs = 12;

}  // namespace bramble::defaults
