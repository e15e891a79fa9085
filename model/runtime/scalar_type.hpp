#pragma once

#include <c10/core/ScalarType.h>

#include "model/graph/graph.hpp"

namespace bramble {

/// LibTorch's word for a type. In a header, so that the importer needs no kernels for it.
inline at::ScalarType scalar_type(element_type type) {
  switch (type) {
    case element_type::f32:
      return at::kFloat;
    case element_type::f16:
      return at::kHalf;
    case element_type::f64:
      return at::kDouble;
    case element_type::i64:
      return at::kLong;
    case element_type::i32:
      return at::kInt;
    case element_type::i16:
      return at::kShort;
    case element_type::i8:
      return at::kChar;
    case element_type::u8:
      return at::kByte;
    default:
      return at::kBool;
  }
}

}  // namespace bramble
