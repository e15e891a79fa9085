#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/protocol/model_card.hpp"

namespace bramble::gateway {

/// An output that was asked for, and how.
struct asked_output {
  std::string name;
  std::optional<bool> binary;  ///< none: as the request says for all
  std::size_t classes = 0;     ///< of the classification extension; 0: the tensor itself
};

/// An input as it came: its elements are here, its shape is what was said.
struct asked_input {
  std::string name;
  host_tensor tensor;
};

/// An inference request of the protocol, whatever model it is for.
struct asked_inference {
  std::optional<std::string> id;
  bool binary_output = false;  ///< of outputs that do not say otherwise
  infer_request terms;         ///< method, wire, exact, max_error; no model and no inputs
  std::vector<asked_input> inputs;
  std::vector<asked_output> outputs;  ///< empty: all
  /// The whole body is the one input of the model, without a word about it.
  std::optional<byte_vector> raw;
};

/// Reads the body of an inference request. `json_bytes` is what "Inference-Header-Content-Length"
/// said, where it was there: so much of the body is JSON, and tensors follow; 0: the body is one
/// tensor. Throws `user_error` for anything that is no such request. Safe for hostile bytes: what
/// it holds is at most a small multiple of what came. Any thread.
asked_inference decode_inference(byte_span body, std::optional<std::size_t> json_bytes);

/// The request for the shelf: the inputs in the model's order, checked against what it takes, and
/// outputs that it has. Throws `user_error`.
infer_request request_for(const model_card& card, asked_inference& asked);

}  // namespace bramble::gateway
