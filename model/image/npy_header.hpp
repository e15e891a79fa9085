#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bramble::detail {

/// What stands before the elements of a .npy file.
struct npy_header {
  std::string type;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

/// Reads the header's text: a Python dictionary with exactly the keys descr, fortran_order and
/// shape, in any order. `name` is the file. Throws `user_error` for anything else.
npy_header parse_npy_header(std::string_view text, const std::string& name);

}  // namespace bramble::detail
