#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/import/onnx/node_call.hpp"

namespace bramble {

/// The names of a graph while it runs, and those of the graph around it.
struct onnx_scope {
  const onnx_scope* around = nullptr;
  std::unordered_map<std::string, onnx_operand> values;

  /// Left out where nobody has made it.
  onnx_operand find(const std::string& name) const;
};

/// An ONNX graph as calls of LibTorch: what depends on no input is computed at once, so that the
/// arithmetic of shapes vanishes; the rest can be traced while it runs.
class onnx_network {
 public:
  /// Throws `user_error` (starting with `place`) naming all nodes that there is no equivalent of.
  onnx_network(onnx_model model, std::string place);

  /// What it has to be given: inputs without a default.
  std::vector<onnx_value> inputs() const;
  const std::vector<onnx_value>& outputs() const { return model_.graph.outputs; }

  /// Runs it once, for which it gives up its constants. `given` is by name; what is known of it
  /// has no bit set. Throws `user_error` (starting with the place) where a node has no equivalent
  /// after all, `onnx_value_needed` (a sentence that begins with the node, with its inputs' bits),
  /// and LibTorch's errors, `at()` being the node.
  std::vector<onnx_operand> run(std::map<std::string, onnx_operand> given);

  /// The node at hand, for people.
  const std::string& at() const { return at_; }
  bool had_halves() const { return had_halves_; }
  /// Activations were left real between quantising and dequantising.
  bool left_real() const { return left_real_; }

 private:
  using operands = std::vector<onnx_operand>;

  void check_ops() const;
  at::Tensor read(const onnx_tensor& constant) const;
  void take_constants(onnx_graph& graph, onnx_scope& scope);
  operands run_graph(const onnx_graph& graph, onnx_scope& scope, std::int64_t opset);
  void run_nodes(const std::vector<onnx_node>& nodes, const std::vector<std::string>& kept,
                 onnx_scope& scope, std::int64_t opset);
  operands run_node(const onnx_node& node, const onnx_scope& scope, std::int64_t opset);
  operands run_op(const onnx_op& op, const node_call& call);
  operands run_function(const onnx_function& function, const node_call& call);
  operands run_if(const node_call& call, const onnx_scope& scope);
  operands run_loop(const node_call& call, const onnx_scope& scope);
  operands run_scan(const node_call& call, const onnx_scope& scope);
  operands run_body(const onnx_graph& body, operands inputs, const onnx_scope& scope,
                    std::int64_t opset);
  const onnx_function* function_of(const onnx_node& node) const;

  onnx_model model_;
  std::string place_;
  std::map<std::pair<std::string, std::string>, const onnx_function*> functions_;
  std::string at_;
  unsigned depth_ = 0;
  std::uint64_t nodes_run_ = 0;
  bool had_halves_ = false, left_real_ = false;
};

}  // namespace bramble
