#pragma once

#include <string>

namespace bramble {

/// Loads the library that brings a namespace of ops to LibTorch's registry ("torchvision"), if
/// there is one on this machine and it is known to us. False where there is none. Loading again
/// does nothing. For model import and for nodes that run such ops; nothing is linked with it.
bool load_op_library(const std::string& name);

/// "is not here; install it with ..." or "is not known to Bramble": ends a sentence.
std::string how_to_get_op_library(const std::string& name);

}  // namespace bramble
