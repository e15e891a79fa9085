#include "model/import/onnx/file/node_order.hpp"

#include <cstddef>
#include <functional>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/defaults_onnx.hpp"

namespace bramble {
namespace {

using position = std::size_t;
using makers = std::unordered_map<std::string, position>;

makers makers_of(const onnx::GraphProto& graph) {
  makers out;
  for (int i = 0; i < graph.node_size(); ++i)
    for (const auto& name : graph.node(i).output())
      if (!name.empty()) out.emplace(name, static_cast<position>(i));
  return out;
}

/// Who waits for whom, of one graph.
class waiting_nodes {
 public:
  explicit waiting_nodes(const onnx::GraphProto& graph)
      : makers_{makers_of(graph)},
        readers_(static_cast<position>(graph.node_size())),
        missing_(readers_.size()) {
    for (position i = 0; i < readers_.size(); ++i) read(graph.node(static_cast<int>(i)), i, 0);
  }

  /// Fewer than there are where some go round in a circle.
  std::vector<position> in_order() {
    std::priority_queue<position, std::vector<position>, std::greater<>> ready;
    for (position i = 0; i < missing_.size(); ++i)
      if (missing_[i] == 0) ready.push(i);
    std::vector<position> out;
    out.reserve(missing_.size());
    while (!ready.empty()) {
      out.push_back(ready.top());
      ready.pop();
      for (const auto reader : readers_[out.back()])
        if (--missing_[reader] == 0) ready.push(reader);
    }
    return out;
  }

 private:
  void read(const std::string& name, position reader) {
    const auto maker = makers_.find(name);
    if (maker == makers_.end()) return;
    readers_[maker->second].push_back(reader);
    ++missing_[reader];
  }

  /// What graphs inside of the node read of this one, it reads.
  void read(const onnx::NodeProto& node, position reader, unsigned depth) {
    if (depth > defaults::onnx_depth_limit) return;  // `check_names` refuses it
    for (const auto& name : node.input()) read(name, reader);
    for (const auto& attribute : node.attribute()) {
      if (attribute.has_g()) read(attribute.g(), reader, depth);
      for (const auto& inner : attribute.graphs()) read(inner, reader, depth);
    }
  }

  void read(const onnx::GraphProto& inner, position reader, unsigned depth) {
    for (const auto& node : inner.node()) read(node, reader, depth + 1);
    for (const auto& output : inner.output()) read(output.name(), reader);
  }

  makers makers_;
  std::vector<std::vector<position>> readers_;
  std::vector<std::size_t> missing_;
};

bool is_moved(const std::vector<position>& order) {
  for (position i = 0; i < order.size(); ++i)
    if (order[i] != i) return true;
  return false;
}

void order_graph(onnx::GraphProto& graph, unsigned depth) {
  if (depth > defaults::onnx_depth_limit) return;
  auto& nodes = *graph.mutable_node();
  const auto order = waiting_nodes{graph}.in_order();
  if (order.size() == static_cast<position>(nodes.size()) && is_moved(order)) {
    google::protobuf::RepeatedPtrField<onnx::NodeProto> ordered;
    ordered.Reserve(nodes.size());
    for (const auto i : order) ordered.Add()->Swap(nodes.Mutable(static_cast<int>(i)));
    nodes.Swap(&ordered);
  }
  for (auto& node : nodes)
    for (auto& attribute : *node.mutable_attribute()) {
      if (attribute.has_g()) order_graph(*attribute.mutable_g(), depth + 1);
      for (auto& inner : *attribute.mutable_graphs()) order_graph(inner, depth + 1);
    }
}

}  // namespace

void put_in_order(onnx::GraphProto& graph) {
  order_graph(graph, 0);
}

}  // namespace bramble
