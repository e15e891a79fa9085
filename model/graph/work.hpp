#pragma once

#include "model/graph/region.hpp"

namespace bramble {

/// What there is to do for one region of an op, apart from what any device makes of it. The
/// multiply-accumulates of a region are `macs` (region.hpp); those of an atom are known where its
/// call is one of LibTorch's products: convolutions of any dimensions and batch, recurrent layers,
/// matrix products, attention.

/// Bytes that have to pass through the processor at least once: what making `out` reads, makes and
/// needs of weights. Never 0.
double moved_bytes(const graph& g, op_id id, const region& out);

}  // namespace bramble
