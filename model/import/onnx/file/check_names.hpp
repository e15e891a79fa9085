#pragma once

#include <onnx/onnx_pb.h>

#include <string>

namespace bramble {

/// Throws `user_error` (starting with `place`) unless every name that a node reads is made before
/// it: by a node in front of it, a constant, an input, or the graph around. Says where nodes stand
/// in no order, which is what a circle looks like.
void check_names(const onnx::GraphProto& graph, const std::string& place);

/// A protobuf node for people, as `describe` of plain ones.
std::string describe(const onnx::NodeProto& node);

}  // namespace bramble
