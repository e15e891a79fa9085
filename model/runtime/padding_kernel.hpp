#pragma once

#include <memory>

#include "model/runtime/kernel.hpp"
#include "model/runtime/weight_source.hpp"

namespace bramble {

/// True for a convolution with more padding than kernel: some of its windows see nothing of the
/// map. oneDNN 3.7.2 crashes on them, so they are given neither to it nor to what LibTorch makes of
/// it.
bool has_empty_windows(const op& o);

/// A region of a convolution whose windows all lie in the padding, or of a transposed one that no
/// pixel spreads to: its bias.
std::shared_ptr<region_kernel> make_padding_kernel(weight_source& weights, op_id id,
                                                   const region& out);

}  // namespace bramble
