#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "actors/client/node_client.hpp"

namespace bramble {

/// SHA-256 over the bytes of all outputs: equal exactly when two answers are bit-identical.
std::string output_sha256(const std::vector<host_tensor>& outputs);

/// Throws `user_error` for anything but fp32, fp16 and int8.
wire_type parse_wire(const std::string& text);

}  // namespace bramble
