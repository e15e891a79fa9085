#pragma once

#include <cstdint>

namespace bramble::defaults {

/// Multiply-accumulates up to which a product is one call of the BLAS: OpenBLAS wakes its own
/// threads for more than 2^20 (GEMM_MULTITHREAD_THRESHOLD 4), beside those that already share the
/// heads and rows among them.
inline constexpr std::int64_t product_macs_at_once = 1 << 20;

/// Rows of a call are a multiple of this, counted from the map's first row: micro-kernels take up
/// to 16 at a time, and a row that is computed among others has the same bits in every division.
inline constexpr std::int64_t product_row_grain = 16;

/// Elements to which an import spreads a constant that is added to attention's scores (a mask, a
/// bias of relative positions): 64 MB as floats. Beyond it the sum runs whole.
inline constexpr std::int64_t spread_constant_most = 1 << 24;

}  // namespace bramble::defaults
