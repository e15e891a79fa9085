#pragma once

#include <vector>

#include "gateway/protocol/number_list.hpp"

namespace bramble::gateway {

/// What stands under "data" of an input: the elements, row by row however deep they are nested.
struct tensor_numbers {
  number_list numbers;
  /// Lengths of the nested lists, outermost first; one where the elements are not nested. Lists of
  /// one level that differ in length are refused when they are read.
  std::vector<std::size_t> lengths;
};

/// Reads the elements of a JSON list: most of a request is such, and they are all numbers. `at` is
/// behind the list's opening bracket; the answer is where its closing one stands. Throws
/// `user_error` for text that is no list of numbers or truth values, nested alike everywhere. Safe
/// for hostile bytes.
const char* read_data(const char* at, const char* end, tensor_numbers& out);

}  // namespace bramble::gateway
