#pragma once

#include <onnx/onnx_pb.h>

namespace bramble {

/// Puts the nodes of a graph, and of graphs inside of nodes, behind those that make what they read;
/// they keep their order otherwise. ONNX asks files to be so, and tools that add nodes at the end
/// write others (casts around a network in halves, say), which other runtimes read as well. Nodes
/// that go round in a circle stay as they are.
void put_in_order(onnx::GraphProto& graph);

}  // namespace bramble
