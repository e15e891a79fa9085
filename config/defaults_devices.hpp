#pragma once

#include <cstddef>
#include <cstdint>

/// Limits of what describes an emulated device. The devices' own figures are in config/devices.
namespace bramble::defaults {

/// A description is read from a file of at most so many bytes; the shipped ones have 2,000.
inline constexpr std::size_t device_file_limit_bytes = 64U << 10;

/// Any of its figures: from what is next to nothing to more than a data centre's machine has.
inline constexpr double device_figure_least = 1e-4;
inline constexpr double device_figure_most = 1e6;
inline constexpr int device_cores_most = 1024;
inline constexpr std::int64_t device_tile_most = 1024;

/// How many times as fast as described an emulated device may be.
inline constexpr double device_factor_least = 1e-3;
inline constexpr double device_factor_most = 1e3;

/// A node that was this share slower than what it emulates says so; below it is noise.
inline constexpr double overrun_told = 0.01;

/// The times of an emulated device are tabled for strips of every number of rows up to here, and
/// beyond for so many evenly between there and the whole map: what lies between is interpolated.
inline constexpr std::int64_t device_table_rows = 48;
inline constexpr std::int64_t device_table_more_rows = 16;
/// Likewise so many slices of an op's channels.
inline constexpr std::int64_t device_table_slices = 32;
/// Of these, a sample is left out that others tell within this share of its time.
inline constexpr double device_table_tolerance = 0.005;

}  // namespace bramble::defaults
