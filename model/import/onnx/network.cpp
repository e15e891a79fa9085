#include "model/import/onnx/network.hpp"

#include <algorithm>
#include <functional>
#include <unordered_set>

#include "config/defaults_onnx.hpp"
#include "config/parse.hpp"
#include "model/import/onnx/file/read_onnx.hpp"
#include "model/import/onnx/op_table.hpp"

namespace bramble {
namespace {

std::int64_t own_opset(const std::map<std::string, std::int64_t>& opsets, std::int64_t otherwise) {
  const auto found = opsets.find("");
  return found == opsets.end() ? otherwise : found->second;
}

bool is_control(const std::string& op) {
  return op == "If" || op == "Loop" || op == "Scan";
}

void each_node(const std::vector<onnx_node>& nodes,
               const std::function<void(const onnx_node&)>& action) {
  for (const auto& node : nodes) {
    action(node);
    for (const auto& [name, value] : node.attributes)
      if (const auto* graph = std::get_if<std::shared_ptr<const onnx_graph>>(&value))
        each_node((*graph)->nodes, action);
  }
}

/// Who reads each name last, graphs inside of nodes included.
std::unordered_map<std::string, std::size_t> last_readers(const std::vector<onnx_node>& nodes) {
  std::unordered_map<std::string, std::size_t> out;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const auto& name : nodes[i].inputs) out[name] = i;
    for (const auto& [key, value] : nodes[i].attributes) {
      const auto* graph = std::get_if<std::shared_ptr<const onnx_graph>>(&value);
      if (graph == nullptr) continue;
      each_node((*graph)->nodes, [&](const onnx_node& inner) {
        for (const auto& name : inner.inputs) out[name] = i;
      });
      for (const auto& output : (*graph)->outputs) out[output.name] = i;
    }
  }
  return out;
}

/// The attributes of a function's node that are those of the node that calls it.
onnx_node told(const onnx_node& node, const onnx_function& function, const onnx_node& caller) {
  auto out = node;
  for (const auto& [name, there] : node.passed_on) {
    auto found = caller.attributes.find(there);
    if (found == caller.attributes.end()) {
      found = function.defaults.find(there);
      if (found == function.defaults.end()) continue;
    }
    out.attributes[name] = found->second;
  }
  return out;
}

}  // namespace

onnx_operand onnx_scope::find(const std::string& name) const {
  if (name.empty()) return {};
  for (const auto* scope = this; scope != nullptr; scope = scope->around)
    if (const auto found = scope->values.find(name); found != scope->values.end())
      return found->second;
  return {};
}

onnx_network::onnx_network(onnx_model model, std::string place)
    : model_{std::move(model)}, place_{std::move(place)} {
  for (const auto& function : model_.functions)
    functions_[{function.domain, function.name}] = &function;
  check_ops();
}

const onnx_function* onnx_network::function_of(const onnx_node& node) const {
  const auto found = functions_.find({node.domain, node.op});
  return found == functions_.end() ? nullptr : found->second;
}

void onnx_network::check_ops() const {
  std::string text;
  std::size_t count = 0;
  const auto opset = own_opset(model_.opsets, defaults::onnx_oldest_opset);
  const auto check = [&](const onnx_node& node) {
    if (function_of(node) != nullptr) return;
    const bool own = node.domain.empty();
    const auto why = own ? why_no_onnx_op(node.op) : std::string{};
    if (own && why.empty() &&
        (find_onnx_op(node.op) != nullptr || is_control(node.op) || has_definition(node, opset)))
      return;
    if (++count > defaults::onnx_names_listed) return;
    text += (text.empty() ? "" : ", ") + describe(node) + (why.empty() ? "" : ", which " + why);
  };
  each_node(model_.graph.nodes, check);
  for (const auto& function : model_.functions) each_node(function.nodes, check);
  if (count == 0) return;
  if (count > defaults::onnx_names_listed)
    text += " and " + std::to_string(count - defaults::onnx_names_listed) + " more";
  throw user_error(place_ + ": there is no equivalent of " +
                   (count == 1 ? "the node " : "these nodes: ") + text + ".");
}

std::vector<onnx_value> onnx_network::inputs() const {
  std::unordered_set<std::string> constants;
  for (const auto& each : model_.graph.constants) constants.insert(each.name);
  std::vector<onnx_value> out;
  for (const auto& input : model_.graph.inputs)
    if (constants.count(input.name) == 0) out.push_back(input);
  return out;
}

at::Tensor onnx_network::read(const onnx_tensor& constant) const {
  try {
    return tensor_of(constant);
  } catch (const user_error& why) {
    throw user_error(place_ + ": " + why.what());
  }
}

void onnx_network::take_constants(onnx_graph& graph, onnx_scope& scope) {
  for (auto& constant : graph.constants) {
    had_halves_ = had_halves_ || is_half(constant.type);
    // One that was given in place of its default stays.
    scope.values.emplace(
        constant.name,
        onnx_operand{
            read(constant), 0, {}, is_half(constant.type) ? constant.type : onnx_type::none});
    constant.keep.reset();
    constant.bytes = {};
  }
  graph.constants.clear();
}

std::vector<onnx_operand> onnx_network::run(std::map<std::string, onnx_operand> given) {
  onnx_scope scope;
  for (auto& [name, operand] : given) scope.values[name] = std::move(operand);
  {
    const at::tracer::impl::NoTracerDispatchMode unseen;
    take_constants(model_.graph, scope);
  }
  return run_graph(model_.graph, scope, own_opset(model_.opsets, defaults::onnx_oldest_opset));
}

std::vector<onnx_operand> onnx_network::run_graph(const onnx_graph& graph, onnx_scope& scope,
                                                  std::int64_t opset) {
  // Those of a graph inside a node, which may run more than once.
  for (const auto& constant : graph.constants)
    untraced([&] { scope.values[constant.name] = {read(constant), 0, {}}; });
  std::vector<std::string> kept;
  kept.reserve(graph.outputs.size());
  for (const auto& output : graph.outputs) kept.push_back(output.name);
  run_nodes(graph.nodes, kept, scope, opset);
  operands out;
  for (const auto& name : kept) out.push_back(scope.find(name));
  return out;
}

void onnx_network::run_nodes(const std::vector<onnx_node>& nodes,
                             const std::vector<std::string>& kept, onnx_scope& scope,
                             std::int64_t opset) {
  auto last = last_readers(nodes);
  for (const auto& name : kept) last.erase(name);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto& node = nodes[i];
    auto made = run_node(node, scope, opset);
    const auto drop = [&](const std::string& name) {
      if (const auto found = last.find(name); found != last.end() && found->second <= i)
        scope.values.erase(name);
    };
    for (std::size_t k = 0; k < node.outputs.size() && k < made.size(); ++k)
      if (!node.outputs[k].empty()) scope.values[node.outputs[k]] = std::move(made[k]);
    for (const auto& name : node.inputs) drop(name);
  }
}

std::vector<onnx_operand> onnx_network::run_node(const onnx_node& node, const onnx_scope& scope,
                                                 std::int64_t opset) {
  at_ = describe(node);
  if (++nodes_run_ > defaults::onnx_nodes_limit)
    throw user_error(place_ + ": with its loops written out the network has more than " +
                     std::to_string(defaults::onnx_nodes_limit) + " nodes.");
  operands inputs;
  for (const auto& name : node.inputs) inputs.push_back(scope.find(name));
  node_call call{node, opset, std::move(inputs)};
  if (scope.around == nullptr && depth_ == 0 && !node.outputs.empty())
    for (const auto& output : model_.graph.outputs)
      if (output.name == node.outputs[0]) call.set_answer();
  try {
    if (const auto* function = function_of(node)) return run_function(*function, call);
    if (node.op == "If") return run_if(call, scope);
    if (node.op == "Loop") return run_loop(call, scope);
    if (node.op == "Scan") return run_scan(call, scope);
    if (const auto* op = find_onnx_op(node.op)) return run_op(*op, call);
    std::vector<onnx_type> types;
    for (std::size_t i = 0; i < call.count(); ++i) types.push_back(onnx_type_of(call.maybe(i)));
    const auto function = definition_of(node, opset, types);
    if (!function) call.refuse("is defined in no way that fits its inputs");
    return run_function(*function, call);
  } catch (const onnx_refused& why) {
    throw user_error(place_ + ": the node " + at_ + " " + why.what() + ".");
  } catch (const user_error& why) {
    const std::string said = why.what();
    throw user_error(said.starts_with(place_) ? said
                                              : place_ + ": in the node " + at_ + ", " + said);
  }
}

std::vector<onnx_operand> onnx_network::run_op(const onnx_op& op, const node_call& call) {
  std::uint64_t inputs = 0;
  if (!op.of_shape)
    for (std::size_t i = 0; i < call.count(); ++i) inputs |= call.operand(i).inputs;
  const auto answers = inputs == 0 ? untraced([&] { return op.run(call); }) : op.run(call);
  operands out;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (call.wants(i) && inputs != 0 && answers[i].defined() && answers[i].numel() == 0)
      call.refuse("makes a tensor without elements (" + format_shape(answers[i].sizes().vec()) +
                  "), which no graph can hold");
    out.push_back({answers[i], inputs, {}});
  }
  for (std::size_t i = answers.size(); i < call.outputs(); ++i)
    if (call.wants(i)) call.refuse("is asked for more outputs than it makes");
  if (op.reals != nullptr && inputs != 0) out[0].real = op.reals(call);
  if (call.count() > 0 && call.operand(0).real && !answers.empty() &&
      answers[0].is_same(call.operand(0).real->reals))
    left_real_ = true;
  return out;
}

std::vector<onnx_operand> onnx_network::run_function(const onnx_function& function,
                                                     const node_call& call) {
  if (++depth_ > defaults::onnx_depth_limit) call.refuse("calls functions that call themselves");
  onnx_scope scope;
  for (std::size_t i = 0; i < function.inputs.size() && i < call.count(); ++i)
    scope.values[function.inputs[i]] = call.operand(i);
  std::vector<onnx_node> nodes;
  nodes.reserve(function.nodes.size());
  for (const auto& node : function.nodes) nodes.push_back(told(node, function, call.node()));
  run_nodes(nodes, function.outputs, scope, own_opset(function.opsets, call.opset()));
  --depth_;
  operands out;
  for (const auto& name : function.outputs) out.push_back(scope.find(name));
  return out;
}

}  // namespace bramble
