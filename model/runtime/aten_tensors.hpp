#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <string>

#include "model/runtime/kernel.hpp"
#include "model/runtime/scalar_type.hpp"
#include "model/runtime/weight_source.hpp"

namespace bramble {

/// A tensor over a view's memory, without owning it: 1xCxHxW with the view's strides for maps,
/// dense and whole for every other value.
at::Tensor tensor_over(const tensor_view& view, const value_info& value);

/// A tensor over a weight's blob, which it keeps.
at::Tensor tensor_over(weight_source& weights, weight_id id);
/// Of some rows along its first axis.
at::Tensor tensor_over(weight_source& weights, weight_id id, interval rows);

/// Runs `body`, turning LibTorch's errors into `user_error`s that name the op.
template <class Body>
auto naming_op(const graph& g, op_id id, Body body) {
  try {
    return body();
  } catch (const c10::Error& e) {
    throw user_error(g.name + ": " + describe_op(g, id) +
                     " failed in LibTorch: " + e.what_without_backtrace());
  }
}

}  // namespace bramble
