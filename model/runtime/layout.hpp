#pragma once

#include "model/graph/host_tensor.hpp"
#include "model/runtime/kernel.hpp"

namespace bramble {

/// Copies a tensor between the host's form (dense, NCHW) and ours (NHWC for maps). `to` and `from`
/// hold the whole value.
void from_host(const host_tensor& from, const value_info& value, std::uint8_t* to);
host_tensor to_host(const std::uint8_t* from, const value_info& value);

}  // namespace bramble
