#pragma once

#include <onnx/onnx_pb.h>

#include <string>

namespace bramble {

/// Throws `user_error` (starting with `place`) unless every name that a node reads is made before
/// it: by a node in front of it, a constant, an input, or the graph around. Of a graph in order
/// (node_order.hpp) what is made later stands in a circle.
void check_names(const onnx::GraphProto& graph, const std::string& place);

/// A protobuf node for people, as `describe` of plain ones.
std::string describe(const onnx::NodeProto& node);

}  // namespace bramble
