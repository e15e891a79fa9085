#pragma once

#include <memory>

#include "model/runtime/kernel.hpp"
#include "model/runtime/weight_source.hpp"

namespace bramble {

/// Convolutions through XNNPACK, whose NEON code is written for the processors of a Pi: NHWC maps,
/// activation fused, a different padding on each side. Regions agree with the whole within
/// rounding. Its threads sleep between two kernels. Not thread-safe.
class xnnpack_convolutions {
 public:
  xnnpack_convolutions(weight_source& weights, std::shared_ptr<buffer_pool> pool, int threads);
  xnnpack_convolutions(const xnnpack_convolutions&) = delete;
  xnnpack_convolutions& operator=(const xnnpack_convolutions&) = delete;
  ~xnnpack_convolutions();

  /// False where XNNPACK is not built in or does not work on this processor, too.
  bool can(op_id id) const;

  /// A kernel for `out` whose first input view has the box `available` (which contains what is
  /// needed, at least one element). Null when XNNPACK refuses.
  std::shared_ptr<region_kernel> make(op_id id, const region& out, const region& available);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace bramble
