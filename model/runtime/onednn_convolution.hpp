#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/runtime/kernel.hpp"
#include "model/runtime/weight_source.hpp"

namespace bramble {

/// Convolutions through oneDNN's own interface: NHWC maps, weights packed once in the layout the
/// kernel wants, residual and activation fused, a different padding on each side. Whole ops and
/// regions use the same implementation, so their bits agree. Not thread-safe; kernels are built for
/// the number of threads that `use_threads` set and must run on it.
class onednn_convolutions {
 public:
  onednn_convolutions(weight_source& weights, std::shared_ptr<buffer_pool> pool);
  onednn_convolutions(const onednn_convolutions&) = delete;
  onednn_convolutions& operator=(const onednn_convolutions&) = delete;
  ~onednn_convolutions();

  /// Whether it has fast code for the whole op.
  bool can(op_id id);

  /// The library's names of the codes that can make the whole op, but for its slow one; its own
  /// choice first.
  std::vector<std::string> codes(op_id id);

  /// Has op `id` made by the code of that name from the next kernel on, if the library has it here;
  /// empty: by its own choice.
  void prefer(op_id id, const std::string& code);

  /// A kernel for `out` whose first input view has the box `available` (which contains what is
  /// needed, at least one element). Null when oneDNN is not built in, has only its slow reference
  /// code for this op, or is known to be wrong about it.
  std::shared_ptr<region_kernel> make(op_id id, const region& out, const region& available);

  /// Drops packed weights that no kernel uses.
  void release_unused();
  /// The same of generated code, for the whole process. New kernels like earlier ones then take as
  /// long as the first.
  void release_code();
  /// Gives the memory that kernels share while they run back to the pool.
  void release_scratch();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace bramble
