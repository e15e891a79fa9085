#pragma once

#include <string>

#include "model/graph/graph.hpp"

/// Between the files of this folder only: elements of a .npy file as a model takes them.
namespace bramble::detail {

/// Bytes of an element that NumPy calls `type` ("<f4"). Throws `user_error` for one that is not
/// read; `name` is the file.
std::size_t npy_element_size(const std::string& type, const std::string& name);

/// `elements` of NumPy's `type` (one of those that are read) as a dense tensor of type `wanted`.
/// Floats of one width become those of another as NumPy rounds them. Whole numbers and truth values
/// become anything that holds each of them exactly. Floats do not become whole numbers. Throws
/// `user_error` for what cannot be converted, and says what to type instead.
byte_vector convert_elements(byte_span elements, const std::string& type, element_type wanted,
                             const std::string& name);

}  // namespace bramble::detail
