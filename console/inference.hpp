#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "actors/client/node_client.hpp"
#include "model/image/classification.hpp"

namespace bramble {

/// SHA-256 over the bytes of all outputs: equal exactly when two answers are bit-identical.
std::string output_sha256(const std::vector<host_tensor>& outputs);

/// The best classes of a classifier's answer (one output of shape 1xN); empty for any other model.
std::vector<class_score> best_classes(const infer_reply& reply, std::size_t count,
                                      const std::vector<std::string>& labels);

/// Throws `user_error` for anything but fp32, fp16 and int8.
wire_type parse_wire(const std::string& text);

}  // namespace bramble
