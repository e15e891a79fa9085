#pragma once

#include <string>
#include <vector>

#include "model/graph/host_tensor.hpp"

namespace bramble {

/// A tensor under a name.
struct named_tensor {
  std::string name;
  const host_tensor* tensor = nullptr;
};

/// Several tensors in one file, as `numpy.load` reads it: a ZIP archive that compresses nothing,
/// with a .npy file for each. Names are those of files, at most 64 kB; all together stay under
/// 4 GB, else std::invalid_argument.
byte_vector encode_npz(const std::vector<named_tensor>& tensors);

}  // namespace bramble
