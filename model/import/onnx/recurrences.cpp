// RNN, GRU and LSTM: LibTorch's layer where it does the same, else every step written out.
#include "model/import/onnx/op_table.hpp"
#include "model/import/onnx/recurrence.hpp"

namespace bramble {
namespace {

const std::vector<std::string> rnn_activations{"Tanh"}, gru_activations{"Sigmoid", "Tanh"},
    lstm_activations{"Sigmoid", "Tanh", "Tanh"};

bool is_default(const recurrence& r, const std::vector<std::string>& activations) {
  if (r.lengths.defined() || r.peepholes.defined() || r.clip != 0) return false;
  for (std::size_t i = 0; i < r.activations.size(); ++i)
    if (r.activations[i] != activations[i % activations.size()]) return false;
  return true;
}

/// Gates in another order: rows of a weight, or entries of a bias.
at::Tensor reordered(const at::Tensor& gates, const shape_t& order) {
  if (order.size() == 1) return gates;
  const auto parts = at::chunk(gates, static_cast<std::int64_t>(order.size()), 0);
  std::vector<at::Tensor> out;
  out.reserve(order.size());
  for (const auto i : order) out.push_back(parts[static_cast<std::size_t>(i)]);
  return at::cat(out, 0);
}

/// Weights as LibTorch's layers have them: of a direction, for inputs and for states, then both
/// biases.
std::vector<at::Tensor> parameters(const recurrence& r, const shape_t& order) {
  return untraced([&] {
    std::vector<at::Tensor> out;
    for (std::int64_t d = 0; d < r.directions; ++d) {
      out.push_back(reordered(at::select(r.weight, 0, d), order).contiguous());
      out.push_back(reordered(at::select(r.state_weight, 0, d), order).contiguous());
      if (!r.bias.defined()) continue;
      const auto both = at::chunk(at::select(r.bias, 0, d), 2, 0);
      for (const auto& half : both) out.push_back(reordered(half, order).contiguous());
    }
    return out;
  });
}

bool has_constant_weights(const node_call& call) {
  return call.known(1) && call.known(2) && (!call.has(3) || call.known(3));
}

/// Runs LibTorch's layer, backwards by turning the sequence round before and after.
template <class Layer>
onnx_answers by_layer(const recurrence& r, Layer layer) {
  const bool turned = !r.forwards && r.directions == 1;
  auto [out, hidden, cell] = layer(turned ? at::flip(r.x, {0}) : r.x, r.directions == 2);
  if (turned) out = at::flip(out, {0});
  const auto apart = at::reshape(out, {r.steps(), r.batch(), r.directions, r.units});
  return laid_out(r, at::permute(apart, {0, 2, 1, 3}), hidden, cell);
}

struct gate_sums {
  at::Tensor input, state;  // batch x gates * units
};

gate_sums sums(const recurrence& r, std::int64_t d, const at::Tensor& x, const at::Tensor& hidden) {
  std::vector<at::Tensor> bias(2);
  if (r.bias.defined()) bias = at::chunk(at::select(r.bias, 0, d), 2, 0);
  return {at::linear(x, at::select(r.weight, 0, d), bias[0]),
          at::linear(hidden, at::select(r.state_weight, 0, d), bias[1])};
}

at::Tensor clipped(const recurrence& r, const at::Tensor& x) {
  return r.clip > 0 ? at::clamp(x, -r.clip, r.clip) : x;
}

const std::string& activation(const recurrence& r, std::int64_t d, std::size_t which) {
  const auto each = r.activations.size() / static_cast<std::size_t>(r.directions);
  return r.activations[static_cast<std::size_t>(d) * each + which];
}

recurrence_state rnn_step(const node_call& call, const recurrence& r, std::int64_t d,
                          const at::Tensor& x, const recurrence_state& before) {
  const auto s = sums(r, d, x, before.hidden);
  return {activated(call, activation(r, d, 0), clipped(r, at::add(s.input, s.state))), {}};
}

/// Gates: update, reset, new.
recurrence_state gru_step(const node_call& call, const recurrence& r, std::int64_t d,
                          const at::Tensor& x, const recurrence_state& before) {
  const auto s = sums(r, d, x, before.hidden);
  const auto of_input = at::chunk(s.input, 3, 1), of_state = at::chunk(s.state, 3, 1);
  const auto gate = [&](std::size_t i) {
    return activated(call, activation(r, d, 0), clipped(r, at::add(of_input[i], of_state[i])));
  };
  const auto update = gate(0), reset = gate(1);
  at::Tensor state;
  if (call.flag("linear_before_reset", false)) {
    state = at::mul(reset, of_state[2]);
  } else {
    at::Tensor bias;
    if (r.bias.defined()) bias = at::slice(at::select(r.bias, 0, d), 0, 5 * r.units, 6 * r.units);
    const auto weight = at::slice(at::select(r.state_weight, 0, d), 0, 2 * r.units, 3 * r.units);
    state = at::linear(at::mul(reset, before.hidden), weight, bias);
  }
  const auto fresh = activated(call, activation(r, d, 1), clipped(r, at::add(of_input[2], state)));
  return {at::add(at::mul(at::rsub(update, 1), fresh), at::mul(update, before.hidden)), {}};
}

/// Gates: input, output, forget, cell.
recurrence_state lstm_step(const node_call& call, const recurrence& r, std::int64_t d,
                           const at::Tensor& x, const recurrence_state& before) {
  const auto s = sums(r, d, x, before.hidden);
  const auto gates = at::chunk(at::add(s.input, s.state), 4, 1);
  const auto peeped = [&](std::size_t gate, const at::Tensor& cell) {
    if (!r.peepholes.defined()) return clipped(r, gates[gate]);
    const auto begin = static_cast<std::int64_t>(gate) * r.units;
    const auto weight = at::slice(at::select(r.peepholes, 0, d), 0, begin, begin + r.units);
    return clipped(r, at::add(gates[gate], at::mul(weight, cell)));
  };
  const auto input = activated(call, activation(r, d, 0), peeped(0, before.cell));
  const auto forget = call.flag("input_forget", false)
                          ? at::rsub(input, 1)
                          : activated(call, activation(r, d, 0), peeped(2, before.cell));
  const auto fresh = activated(call, activation(r, d, 1), clipped(r, gates[3]));
  const auto cell = at::add(at::mul(forget, before.cell), at::mul(input, fresh));
  const auto output = activated(call, activation(r, d, 0), peeped(1, cell));
  return {at::mul(output, activated(call, activation(r, d, 2), cell)), cell};
}

onnx_answers rnn(const node_call& call) {
  const auto r = recurrence_of(call, 1, rnn_activations);
  if (!is_default(r, rnn_activations) || !has_constant_weights(call))
    return written_out(call, r, rnn_step);
  return by_layer(r, [&](const at::Tensor& x, bool both) {
    const auto [out, hidden] =
        at::rnn_tanh(x, r.hidden, parameters(r, {0}), r.bias.defined(), 1, 0, false, both, false);
    return std::tuple{out, hidden, at::Tensor{}};
  });
}

onnx_answers gru(const node_call& call) {
  const auto r = recurrence_of(call, 3, gru_activations);
  // LibTorch's resets after the product with the state.
  if (!is_default(r, gru_activations) || !call.flag("linear_before_reset", false) ||
      !has_constant_weights(call))
    return written_out(call, r, gru_step);
  return by_layer(r, [&](const at::Tensor& x, bool both) {
    const auto [out, hidden] =
        at::gru(x, r.hidden, parameters(r, {1, 0, 2}), r.bias.defined(), 1, 0, false, both, false);
    return std::tuple{out, hidden, at::Tensor{}};
  });
}

onnx_answers lstm(const node_call& call) {
  const auto r = recurrence_of(call, 4, lstm_activations);
  if (!is_default(r, lstm_activations) || call.flag("input_forget", false) ||
      !has_constant_weights(call))
    return written_out(call, r, lstm_step);
  return by_layer(r, [&](const at::Tensor& x, bool both) {
    return at::lstm(x, {r.hidden, r.cell}, parameters(r, {0, 2, 3, 1}), r.bias.defined(), 1, 0,
                    false, both, false);
  });
}

}  // namespace

const std::vector<onnx_op>& onnx_recurrences() {
  static const std::vector<onnx_op> all{{"RNN", rnn}, {"GRU", gru}, {"LSTM", lstm}};
  return all;
}

}  // namespace bramble
