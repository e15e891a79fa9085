#pragma once

#include "model/graph/graph.hpp"

namespace bramble {

/// "float32", as NumPy and LibTorch call it.
const char* name_of(element_type type);

}  // namespace bramble
