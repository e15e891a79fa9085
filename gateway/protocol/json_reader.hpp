#pragma once

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "gateway/protocol/data_reader.hpp"

namespace bramble::gateway {

/// A request's JSON: a small tree, in which the "data" of inputs[i] is the index of its elements
/// in `tensors`. They would take ten times their size in the tree.
struct json_request {
  nlohmann::json tree;
  std::vector<tensor_numbers> tensors;
};

/// Reads a JSON object, with bounds on its depth (defaults::gateway_json_depth_most) and on the
/// values beside elements of tensors. Takes about eight bytes of memory for each element, and as
/// many as are there. Throws `user_error` for anything that is no such object, that has a key
/// twice, or whose "data" are no numbers or truth values. Safe for hostile bytes. Any thread.
json_request read_request(std::string_view text);

/// The same for a body without tensors; an empty one is an empty object.
nlohmann::json read_object(std::string_view text);

}  // namespace bramble::gateway
