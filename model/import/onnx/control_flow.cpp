// If, Loop and Scan: what is known beforehand is written out.
#include "config/defaults_onnx.hpp"
#include "model/import/onnx/network.hpp"

namespace bramble {
namespace {

bool is_true(const onnx_operand& operand) {
  return untraced([&] { return operand.tensor.reshape({-1})[0].item<bool>(); });
}

onnx_operand number(std::int64_t value, at::ScalarType type) {
  return {untraced([&] { return at::scalar_tensor(value, type); }), 0, {}};
}

std::uint64_t inputs_of(const std::vector<onnx_operand>& all) {
  std::uint64_t out = 0;
  for (const auto& each : all) out |= each.inputs;
  return out;
}

/// What each turn made, one after the other along a new axis.
onnx_operand stacked(const std::vector<onnx_operand>& turns, std::int64_t axis) {
  std::vector<at::Tensor> parts;
  parts.reserve(turns.size());
  for (const auto& turn : turns) parts.push_back(turn.tensor);
  const auto inputs = inputs_of(turns);
  if (inputs != 0) return {at::stack(parts, axis), inputs, {}};
  return {untraced([&] { return at::stack(parts, axis); }), 0, {}};
}

}  // namespace

std::vector<onnx_operand> onnx_network::run_body(const onnx_graph& body, operands inputs,
                                                 const onnx_scope& scope, std::int64_t opset) {
  onnx_scope inner{&scope, {}};
  for (std::size_t i = 0; i < body.inputs.size() && i < inputs.size(); ++i)
    inner.values[body.inputs[i].name] = std::move(inputs[i]);
  const auto place = at_;
  auto out = run_graph(body, inner, opset);
  at_ = place;
  return out;
}

std::vector<onnx_operand> onnx_network::run_if(const node_call& call, const onnx_scope& scope) {
  if (!call.known(0)) throw onnx_value_needed{"chooses between two graphs", call.operand(0).inputs};
  const bool taken = is_true(call.operand(0));
  return run_body(call.graph(taken ? "then_branch" : "else_branch"), {}, scope, call.opset());
}

std::vector<onnx_operand> onnx_network::run_loop(const node_call& call, const onnx_scope& scope) {
  const auto check_known = [](const onnx_operand& decides) {
    if (!decides.known()) throw onnx_value_needed{"runs as often as is decided", decides.inputs};
  };
  if (call.has(0)) check_known(call.operand(0));
  if (call.has(1)) check_known(call.operand(1));
  const auto& body = call.graph("body");
  const auto turns = call.has(0) ? call.integer(0) : INT64_MAX;
  bool goes_on = !call.has(1) || is_true(call.operand(1));
  operands carried;
  for (std::size_t i = 2; i < call.count(); ++i) carried.push_back(call.operand(i));
  if (body.outputs.size() < 1 + carried.size())
    call.refuse("has a body that gives back too little");
  std::vector<operands> collected(body.outputs.size() - 1 - carried.size());
  for (std::int64_t turn = 0; turn < turns && goes_on; ++turn) {
    if (turn >= defaults::onnx_loop_limit)
      call.refuse("runs more than " + std::to_string(defaults::onnx_loop_limit) + " times");
    operands inputs{number(turn, at::kLong), number(1, at::kBool)};
    inputs.insert(inputs.end(), carried.begin(), carried.end());
    const auto made = run_body(body, std::move(inputs), scope, call.opset());
    if (!made[0].tensor.defined()) call.refuse("has a body that does not say whether it goes on");
    check_known(made[0]);
    goes_on = is_true(made[0]);
    for (std::size_t i = 0; i < carried.size(); ++i) carried[i] = made[1 + i];
    for (std::size_t i = 0; i < collected.size(); ++i)
      collected[i].push_back(made[1 + carried.size() + i]);
  }
  for (const auto& each : collected) {
    if (each.empty()) call.refuse("collects nothing, and no graph can hold an empty tensor");
    carried.push_back(stacked(each, 0));
  }
  return carried;
}

std::vector<onnx_operand> onnx_network::run_scan(const node_call& call, const onnx_scope& scope) {
  if (call.opset() < 9) call.refuse("is of opset 8, which had a batch that no later one has");
  const auto& body = call.graph("body");
  const auto scanned = static_cast<std::size_t>(call.attribute("num_scan_inputs", 0));
  if (scanned < 1 || scanned > call.count()) call.refuse("scans an impossible number of inputs");
  const auto states = call.count() - scanned;
  if (body.outputs.size() < states) call.refuse("has a body that gives back too little");
  const auto made_count = body.outputs.size() - states;
  const auto in_axes = call.list("scan_input_axes", shape_t(scanned, 0)),
             in_turned = call.list("scan_input_directions", shape_t(scanned, 0)),
             out_axes = call.list("scan_output_axes", shape_t(made_count, 0)),
             out_turned = call.list("scan_output_directions", shape_t(made_count, 0));
  if (in_axes.size() != scanned || in_turned.size() != scanned || out_axes.size() != made_count ||
      out_turned.size() != made_count)
    call.refuse("has lists of another length than its inputs and outputs");
  const auto turns = call.in(states).size(call.axis_of(in_axes[0], call.rank(states)));
  if (turns > defaults::onnx_loop_limit)
    call.refuse("runs more than " + std::to_string(defaults::onnx_loop_limit) + " times");
  operands carried;
  for (std::size_t i = 0; i < states; ++i) carried.push_back(call.operand(i));
  std::vector<operands> collected(made_count, operands(static_cast<std::size_t>(turns)));
  for (std::int64_t turn = 0; turn < turns; ++turn) {
    auto inputs = carried;
    for (std::size_t i = 0; i < scanned; ++i) {
      const auto& from = call.operand(states + i);
      const auto at = in_turned[i] == 0 ? turn : turns - 1 - turn;
      const auto axis = call.axis_of(in_axes[i], from.tensor.dim());
      const auto take = [&] { return at::select(from.tensor, axis, at); };
      inputs.push_back({from.known() ? untraced(take) : take(), from.inputs, {}});
    }
    auto made = run_body(body, std::move(inputs), scope, call.opset());
    for (std::size_t i = 0; i < states; ++i) carried[i] = made[i];
    for (std::size_t i = 0; i < made_count; ++i)
      collected[i][static_cast<std::size_t>(out_turned[i] == 0 ? turn : turns - 1 - turn)] =
          made[states + i];
  }
  for (std::size_t i = 0; i < made_count; ++i)
    carried.push_back(stacked(collected[i], out_axes[i]));
  return carried;
}

}  // namespace bramble
