#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/graph/graph.hpp"

namespace bramble::gateway {

/// "FP32": an element type as the Open Inference Protocol calls it.
const char* datatype_of(element_type type);

/// The reverse; nothing for a datatype that no model of ours has (UINT64, BYTES, ...).
std::optional<element_type> element_of(std::string_view datatype);

/// All that models may have, for messages.
std::string known_datatypes();

}  // namespace bramble::gateway
