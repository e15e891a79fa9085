#pragma once

#include <memory>

#include "model/runtime/kernel.hpp"
#include "model/runtime/onednn_description.hpp"
#include "model/runtime/weight_source.hpp"

namespace bramble::onednn {

struct packed_weights {
  interval channels;
  memory::desc layout;
  memory content;
};

/// Memory that kernels which never run at the same time share.
struct scratchpad {
  explicit scratchpad(std::shared_ptr<buffer_pool> p) : pool{std::move(p)} {}

  void* reserve(std::size_t bytes) {
    if (bytes > size) {
      content = pool->take(bytes);
      size = bytes;
    }
    return content.get();
  }

  void release() {
    content.reset();
    size = 0;
  }

  std::shared_ptr<buffer_pool> pool;
  buffer content;
  std::size_t size = 0;
};

struct kernel_parts {
  description primitive;
  geometry geo;
  std::shared_ptr<packed_weights> weights;
  blob bias;  // keeps the mapping
  std::int64_t bias_offset = 0;
  region out;   // what is asked for
  region made;  // `out`, or with the other channels of its groups
  region in;    // what the primitive reads
  bool read_in_place =
      true;  // the input view is dense with exactly the box `in`, but for its start
  bool add_residual_after = false;
  bool activate_after = false;
  fused_activation activation;
  std::shared_ptr<scratchpad> scratch;
};

std::shared_ptr<region_kernel> make_kernel(kernel_parts parts);

}  // namespace bramble::onednn
