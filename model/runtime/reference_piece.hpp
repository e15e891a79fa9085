#pragma once

#include <memory>
#include <vector>

#include "model/runtime/device_model.hpp"

namespace bramble {

/// One convolution of the reference network, ready to run: so small that it disturbs nobody, long
/// enough to be timed. On the device's computing thread.
class reference_piece {
 public:
  explicit reference_piece(const runtime_options& options);

  void run();

 private:
  std::shared_ptr<const graph> graph_;
  device_model device_;
  buffer memory_;
  std::shared_ptr<region_kernel> kernel_;
  std::vector<tensor_view> inputs_;
  tensor_view out_;
};

}  // namespace bramble
