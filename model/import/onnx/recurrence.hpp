#pragma once

#include "model/import/onnx/node_call.hpp"

namespace bramble {

/// What RNN, GRU and LSTM share. Tensors are undefined where they are left out.
struct recurrence {
  at::Tensor x;                           ///< steps x batch x features
  at::Tensor weight, state_weight, bias;  ///< a direction each
  at::Tensor lengths;                     ///< of each sequence, if they are not all whole
  at::Tensor hidden, cell;                ///< directions x batch x units: what it begins with
  at::Tensor peepholes;
  std::int64_t gates = 1, units = 1, directions = 1;
  bool forwards = true;  ///< of a single direction
  bool batch_first = false;
  std::vector<std::string> activations;  ///< of one direction after the other
  double clip = 0;                       ///< 0: none

  std::int64_t steps() const { return x.size(0); }
  std::int64_t batch() const { return x.size(1); }
  bool runs_forwards(std::int64_t direction) const { return forwards && direction == 0; }
};

/// Throws `onnx_refused` for what does not fit together.
recurrence recurrence_of(const node_call& call, std::int64_t gates,
                         const std::vector<std::string>& activations);

struct recurrence_state {
  at::Tensor hidden, cell;
};

/// A step of one direction: `x` is batch x features.
using recurrence_step = recurrence_state (*)(const node_call& call, const recurrence& r,
                                             std::int64_t direction, const at::Tensor& x,
                                             const recurrence_state& before);

/// Every step written out; works for everything that the ops can be told.
onnx_answers written_out(const node_call& call, const recurrence& r, recurrence_step step);

/// The function of a name, such as "Tanh".
at::Tensor activated(const node_call& call, const std::string& name, const at::Tensor& x);

/// In the order and layout that the node's outputs have: `all` is steps x directions x batch x
/// units, the others directions x batch x units.
onnx_answers laid_out(const recurrence& r, at::Tensor all, at::Tensor hidden, at::Tensor cell);

}  // namespace bramble
