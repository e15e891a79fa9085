#pragma once

#include "model/runtime/kernel.hpp"
#include "model/runtime/weight_source.hpp"

namespace bramble {

/// What norms by a map's own mean and variance are made of, in one pass each and with the same bits
/// on every processor: mean and variance of each pixel's channels (`aten::mean` and `aten::var`
/// over them), squared differences (`aten::mse_loss` without reduction) and the norm itself
/// (`aten::batch_norm` whose mean and variance are maps of one pixel). Null for any other op.
std::shared_ptr<region_kernel> make_statistics_kernel(weight_source& weights, op_id id,
                                                      const region& out);

}  // namespace bramble
