#include "model/import/onnx/recurrence.hpp"

#include "config/defaults_onnx.hpp"

namespace bramble {
namespace {

/// Left out where every sequence is as long as there are steps.
at::Tensor lengths_of(const node_call& call, std::int64_t steps) {
  if (!call.has(4)) return {};
  if (call.known(4)) {
    bool whole = true;
    for (const auto length : call.ints(4)) whole = whole && length == steps;
    if (whole) return {};
  }
  return call.in(4);
}

at::Tensor beginning(const node_call& call, const recurrence& r, std::size_t input) {
  if (!call.has(input)) return at::zeros({r.directions, r.batch(), r.units}, r.x.options());
  return r.batch_first ? at::transpose(call.in(input), 0, 1) : call.in(input);
}

at::Tensor joined(const std::vector<at::Tensor>& parts, std::int64_t axis) {
  return at::stack(parts, axis);
}

}  // namespace

recurrence recurrence_of(const node_call& call, std::int64_t gates,
                         const std::vector<std::string>& activations) {
  recurrence r;
  r.gates = gates;
  r.batch_first = call.attribute("layout", 0) == 1;
  if (call.rank(0) != 3 || call.rank(1) != 3 || call.rank(2) != 3)
    call.refuse("has inputs that are no sequences, or weights that are none of a recurrent layer");
  r.x = r.batch_first ? at::transpose(call.in(0), 0, 1) : call.in(0);
  r.weight = call.in(1);
  r.state_weight = call.in(2);
  r.bias = call.maybe(3);
  r.units = r.state_weight.size(2);
  const auto direction = call.text("direction", "forward");
  r.directions = direction == "bidirectional" ? 2 : 1;
  r.forwards = direction != "reverse";
  if (r.weight.size(0) != r.directions || r.state_weight.size(0) != r.directions ||
      r.weight.size(1) != gates * r.units || r.state_weight.size(1) != gates * r.units)
    call.refuse("has weights of another shape than its units and directions make");
  r.lengths = lengths_of(call, r.steps());
  r.hidden = beginning(call, r, 5);
  if (gates == 4) r.cell = beginning(call, r, 6);
  if (gates == 4) r.peepholes = call.maybe(7);
  r.activations = call.texts("activations");
  if (r.activations.empty())
    for (std::int64_t i = 0; i < r.directions; ++i)
      r.activations.insert(r.activations.end(), activations.begin(), activations.end());
  if (r.activations.size() != activations.size() * static_cast<std::size_t>(r.directions))
    call.refuse("names another number of activations than it has");
  r.clip = call.real("clip", 0);
  return r;
}

at::Tensor activated(const node_call& call, const std::string& name, const at::Tensor& x) {
  if (name == "Sigmoid") return at::sigmoid(x);
  if (name == "Tanh") return at::tanh(x);
  if (name == "Relu") return at::relu(x);
  if (name == "Softplus") return at::softplus(x);
  if (name == "Softsign") return at::div(x, at::add(at::abs(x), 1));
  if (name == "HardSigmoid" && call.reals("activation_alpha").empty() &&
      call.reals("activation_beta").empty())
    return at::clamp(at::add(at::mul(x, 0.2), 0.5), 0, 1);
  call.refuse("activates by " + name + ", which recurrent layers cannot here");
}

onnx_answers laid_out(const recurrence& r, at::Tensor all, at::Tensor hidden, at::Tensor cell) {
  if (r.batch_first) {
    all = at::permute(all, {2, 0, 1, 3});
    hidden = at::transpose(hidden, 0, 1);
    if (cell.defined()) cell = at::transpose(cell, 0, 1);
  }
  return {all, hidden, cell};
}

onnx_answers written_out(const node_call& call, const recurrence& r, recurrence_step step) {
  if (r.steps() > defaults::onnx_steps_limit)
    call.refuse("would be written out for " + std::to_string(r.steps()) + " steps, where " +
                std::to_string(defaults::onnx_steps_limit) + " are the most");
  std::vector<at::Tensor> all, hidden, cell;
  for (std::int64_t d = 0; d < r.directions; ++d) {
    recurrence_state state{at::select(r.hidden, 0, d),
                           r.cell.defined() ? at::select(r.cell, 0, d) : at::Tensor{}};
    std::vector<at::Tensor> made(static_cast<std::size_t>(r.steps()));
    for (std::int64_t i = 0; i < r.steps(); ++i) {
      const auto t = r.runs_forwards(d) ? i : r.steps() - 1 - i;
      auto next = step(call, r, d, at::select(r.x, 0, t), state);
      auto shown = next.hidden;
      if (r.lengths.defined()) {
        const auto runs = at::reshape(at::gt(r.lengths, t), {-1, 1});
        shown = at::where(runs, next.hidden, at::zeros_like(next.hidden));
        next.hidden = at::where(runs, next.hidden, state.hidden);
        if (next.cell.defined()) next.cell = at::where(runs, next.cell, state.cell);
      }
      made[static_cast<std::size_t>(t)] = shown;
      state = next;
    }
    all.push_back(joined(made, 0));
    hidden.push_back(state.hidden);
    if (state.cell.defined()) cell.push_back(state.cell);
  }
  return laid_out(r, joined(all, 1), joined(hidden, 0),
                  cell.empty() ? at::Tensor{} : joined(cell, 0));
}

}  // namespace bramble
