#pragma once

#include <string>

#include "model/import/flatten.hpp"

namespace bramble {

/// Writes a flat model as a TorchScript file that LibTorch and PyTorch load, weights included: what
/// other runtimes are compared with. Throws `user_error` naming the file when it cannot be written.
void save_torchscript(const flat_model& model, const std::string& file);

}  // namespace bramble
