#pragma once

#include <string>
#include <vector>

#include "model/image/npz.hpp"

namespace bramble {

/// Tensors as JSON: {"model": ..., "outputs": [{"name", "dtype", "shape", "data"}, ...]}, the data
/// as lists in lists. Reading a float gives the same bits. `dtype` is NumPy's word for it.
///
/// Throws `user_error`, which names `file` and what to type instead, for more than
/// defaults::json_elements_most elements and for a value that JSON has no word for (not a number,
/// infinite).
std::string encode_json(const std::string& model, const std::vector<named_tensor>& tensors,
                        const std::string& file);

}  // namespace bramble
