#pragma once

#include <memory>

#include "model/runtime/kernel.hpp"
#include "model/runtime/weight_source.hpp"

namespace bramble {

/// Runs an op whole through LibTorch's registry, whatever it is. Throws `user_error` naming the op
/// when this LibTorch does not have it.
std::shared_ptr<whole_kernel> make_atom_kernel(weight_source& weights, op_id id);

/// Runs an elementwise op on one region through the registry: for the many that have no loop of our
/// own. The bits do not depend on how the map is divided.
std::shared_ptr<region_kernel> make_elementwise_kernel(weight_source& weights, op_id id,
                                                       const region& out);

}  // namespace bramble
