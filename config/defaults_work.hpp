#pragma once

/// Numbers about work and the memory it takes; the rest is in config/defaults.hpp. A header of its
/// own: few need them.
namespace bramble::defaults {

/// What a processor's memory moves in the time of one multiply-accumulate of a convolution: 4 GB/s
/// at 6.5 GMAC/s on a Pi 4, 11 GB/s at 18 GMAC/s on a Pi 5. No op that runs whole is quicker than
/// the bytes that it reads, makes and weighs.
inline constexpr double memory_bytes_per_mac = 0.61;

/// As often as that, ops that run whole go over their bytes: measured beside convolutions, copies
/// (reshape, transpose, slice, cat) move 0.32 to 0.48 bytes per multiply-accumulate, softmax, layer
/// norm and arithmetic 0.09 to 0.16, and norms and padding of maps, which LibTorch lays out anew
/// before and after, 0.04 to 0.06.
inline constexpr double copy_passes = 1.5;
inline constexpr double arithmetic_passes = 5;
inline constexpr double map_passes = 12;

/// Of a machine's memory, what the weights of ops that are being calibrated may take at once:
/// beside them stand the system, what this node runs already, and three of the model's largest
/// maps.
inline constexpr double calibration_memory_share = 0.25;

}  // namespace bramble::defaults
