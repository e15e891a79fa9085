#include "model/import/onnx/file/check_names.hpp"

#include <unordered_set>

#include "config/base/error.hpp"
#include "config/defaults_onnx.hpp"
#include "config/parse.hpp"
#include "model/import/onnx/file/onnx_model.hpp"

namespace bramble {
namespace {

/// The names of a graph, and those of the graphs around it.
class names {
 public:
  explicit names(const names* around) : around_{around} {}
  void add(const std::string& name) { own_.insert(name); }
  bool has(const std::string& name) const {
    return own_.count(name) != 0 || (around_ != nullptr && around_->has(name));
  }

 private:
  const names* around_;
  std::unordered_set<std::string> own_;
};

class name_check {
 public:
  explicit name_check(const std::string& place) : place_{place} {}

  void check(const onnx::GraphProto& graph, const names* around, unsigned depth) const {
    if (depth > defaults::onnx_depth_limit)
      throw user_error(place_ + ": the file nests graphs more than " +
                       std::to_string(defaults::onnx_depth_limit) + " deep.");
    names known{around};
    known.add("");
    for (const auto& each : graph.input()) known.add(each.name());
    for (const auto& each : graph.initializer()) known.add(each.name());
    for (const auto& each : graph.sparse_initializer()) known.add(each.values().name());
    for (const auto& node : graph.node()) {
      for (const auto& name : node.input())
        if (!known.has(name)) refuse(graph, node, name);
      for (const auto& attribute : node.attribute()) {
        if (attribute.has_g()) check(attribute.g(), &known, depth + 1);
        for (const auto& inner : attribute.graphs()) check(inner, &known, depth + 1);
      }
      for (const auto& name : node.output()) known.add(name);
    }
    for (const auto& each : graph.output())
      if (!known.has(each.name()))
        throw user_error(place_ + ": nothing makes the output `" + printable(each.name()) + "`.");
  }

 private:
  static bool makes(const onnx::GraphProto& graph, const std::string& name) {
    for (const auto& node : graph.node())
      for (const auto& output : node.output())
        if (output == name) return true;
    return false;
  }

  [[noreturn]] void refuse(const onnx::GraphProto& graph, const onnx::NodeProto& node,
                           const std::string& name) const {
    const auto what =
        place_ + ": the node " + describe(node) + " reads `" + printable(name) + "`, ";
    if (makes(graph, name))
      throw user_error(what + "which is only made after it: the nodes go round in a circle.");
    throw user_error(what + "which nothing makes.");
  }

  const std::string& place_;
};

}  // namespace

std::string describe(const onnx::NodeProto& node) {
  onnx_node plain;
  plain.op = node.op_type();
  plain.domain = node.domain();
  plain.name = node.name();
  plain.outputs = {node.output().begin(), node.output().end()};
  return describe(plain);
}

void check_names(const onnx::GraphProto& graph, const std::string& place) {
  name_check{place}.check(graph, nullptr, 0);
}

}  // namespace bramble
