#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "balancer/shelf/message_costs.hpp"

/// Devices by published figures, so that a shelf of them can be emulated or planned for without
/// having one: what config/devices/*.toml say (docs/devices.md). Plain data.
namespace bramble {

/// How fast a device multiplies in one kind of op. Its kernels make no less than a tile at a time:
/// what a region lacks to whole tiles is computed all the same.
struct kernel_rate {
  double gmacs = 0;  ///< 10^9 multiply-accumulates a second of all cores
  std::int64_t tile_rows = 1;
  std::int64_t tile_pixels = 1;
  std::int64_t tile_channels = 1;
};

/// MB/s that one core encrypts, or decrypts, by a cipher.
struct cipher_rate {
  std::string cipher;
  double mb_per_s = 0;
};

struct device_description {
  std::string id;     ///< "pi4-pytorch": how it was asked for, without a factor
  std::string name;   ///< for people
  double factor = 1;  ///< it is so many times as fast as described; already in the figures
  int cores = 1;
  kernel_rate dense_3x3;  ///< convolutions of stride 1 and no groups
  kernel_rate dense;      ///< all other convolutions, and products of matrices
  kernel_rate depthwise;
  double memory_gb_per_s = 0;
  std::array<double, 2> likely_gb_per_s{};  ///< between these the true figure lies
  double last_cache_mb = 0;
  double op_fixed_ms = 0;  ///< of each piece, whatever its size
  double nic_mbit = 0;
  // Of one core.
  double message_ms = 0;
  double sent_ms_per_mb = 0;
  double received_ms_per_mb = 0;
  double fp16_ms_per_mb = defaults::fp16_convert_ms_per_mb;
  double int8_ms_per_mb = defaults::int8_convert_ms_per_mb;
  cipher_rate cipher;  ///< the quickest of those it has
};

/// "pi4-pytorch", or with its factor "pi4-pytorch@0.5".
std::string name_of(const device_description& device);

/// A device that does everything so many times as fast, but for its network card: one of a mixed
/// shelf, or one in an emulation whose time is stretched.
device_description at_speed(device_description device, double factor);

/// What messages take of its computing. A core that sends, receives or encrypts is missing to the
/// pieces, which use them all: they lose its share, one of `cores`. Elements are converted by the
/// computing thread, which loses all of that time.
message_costs message_costs_of(const device_description& device);

/// Of that, what encrypting, or decrypting, takes per MB.
double cipher_ms_per_mb(const device_description& device);

}  // namespace bramble
