#include "balancer/bound/bound.hpp"

#include <algorithm>

namespace bramble {
namespace {

/// By op: what it takes at least of the shelf as a whole. For any weights of the nodes that sum to
/// 1, the sum over ops of the least weighted time on any node bounds the makespan from below (the
/// dual of spreading divisible work). Weights by speed make it exact where nodes differ by a
/// factor.
std::vector<double> shared_ms(const cost_model& cost) {
  const auto nodes = cost.devices().nodes.size();
  const auto ops = cost.model().ops.size();
  std::vector<double> weight(nodes);
  double sum = 0;
  for (std::size_t n = 0; n < nodes; ++n) {
    double least = 0;
    for (op_id op = 0; op < ops; ++op) least += cost.least_ms(n, op);
    // A shelf on which all is free has the bound 0, whatever the weights.
    weight[n] = least > 0 ? 1 / least : 1;
    sum += weight[n];
  }
  std::vector<double> out(ops);
  for (op_id op = 0; op < ops; ++op) {
    out[op] = weight[0] / sum * cost.least_ms(0, op);
    for (std::size_t n = 1; n < nodes; ++n)
      out[op] = std::min(out[op], weight[n] / sum * cost.least_ms(n, op));
  }
  return out;
}

/// True when making all of `reader` certainly reads all of its input number `input`.
bool reads_all(const graph& g, const op& reader, std::size_t input) {
  // Of these a part may read none of some channels or rows.
  if (reader.kind == op_kind::select || reader.kind == op_kind::upsample ||
      reader.kind == op_kind::product || reader.kind == op_kind::take ||
      reader.kind == op_kind::window_product)
    return false;
  if (!has_window(reader) && reader.kind != op_kind::transposed_convolution) return true;
  const auto& value = g.values[reader.inputs[input]];
  // With gaps between windows, or inside one, rows may stay unread although their hull is all rows.
  for (std::size_t axis = 0; axis < 2; ++axis)
    if (reader.win.stride[axis] > reader.win.kernel[axis] || reader.win.dilation[axis] > 1)
      return input != 0;
  const auto whole = extent(g.values[reader.outputs[0]]);
  return needed_inputs(g, reader, whole)[input] == extent(value);
}

/// Ops all of whose output must be there before `goal` runs.
std::vector<bool> before(const graph& g, op_id goal) {
  std::vector<bool> in(g.ops.size(), false);
  in[goal] = true;
  for (auto op = goal + 1; op-- > 0;) {
    if (!in[op]) continue;
    const auto& o = g.ops[op];
    for (std::size_t i = 0; i < o.inputs.size(); ++i) {
      const auto producer = g.values[o.inputs[i]].producer;
      // An atom with several outputs is one piece: whoever reads any of them waits for it.
      if (producer != no_id && reads_all(g, o, i)) in[producer] = true;
    }
  }
  in[goal] = false;
  return in;
}

/// True when some of the op's output may depend on no input at all.
bool may_miss_the_map(const graph& g, const op& o) {
  for (std::size_t axis = 0; axis < 2; ++axis) {
    if (o.win.dilation[axis] > 1) return true;
    if (o.kind != op_kind::transposed_convolution) {
      if (o.win.padding[axis] >= o.win.kernel[axis]) return true;
      continue;
    }
    // Between the input pixels' reaches, or beyond that of the last.
    const auto k = o.win.kernel[axis], s = o.win.stride[axis];
    const auto end = (g.values[o.inputs[0]].shape[2 + axis] - 1) * s + k - o.win.padding[axis];
    if (s > k || g.values[o.outputs[0]].shape[2 + axis] > end) return true;
  }
  return false;
}

/// Ops none of whose output can be made before `start` has run.
std::vector<bool> behind(const graph& g, op_id start) {
  std::vector<bool> in(g.ops.size(), false);
  in[start] = true;
  for (auto op = start + 1; op < g.ops.size(); ++op) {
    const auto& o = g.ops[op];
    auto depends = [&](value_id input) {
      const auto producer = g.values[input].producer;
      return producer != no_id && in[producer];
    };
    // A concat's channels come from one input each, and a window may lie in the padding altogether.
    if (may_miss_the_map(g, o)) continue;
    // So do the rows of a take, or from constants.
    if (o.kind == op_kind::take && !o.weights.empty()) continue;
    const bool joins = o.kind == op_kind::concat || o.kind == op_kind::take;
    in[op] = joins ? std::all_of(o.inputs.begin(), o.inputs.end(), depends)
                   : std::any_of(o.inputs.begin(), o.inputs.end(), depends);
  }
  in[start] = false;
  return in;
}

}  // namespace

double lower_bound_ms(const cost_model& cost) {
  const auto& g = cost.model();
  const auto shared = shared_ms(cost);
  auto sum_over = [&](auto&& included) {
    double sum = 0;
    for (op_id op = 0; op < g.ops.size(); ++op)
      if (included(op)) sum += shared[op];
    return sum;
  };
  auto bound = std::max(sum_over([](op_id) { return true; }), crossing_bound_ms(cost));

  std::vector<op_id> whole;  // ops that run on one node
  for (op_id op = 0; op < g.ops.size(); ++op)
    if (!splittable(g, g.ops[op])) whole.push_back(op);
  // Cubic in the ops that run whole; the ends of a long list still give a bound.
  if (whole.size() > 64) whole.erase(whole.begin() + 32, whole.end() - 32);
  std::vector<std::vector<bool>> after(whole.size());
  std::vector<double> until(whole.size());
  for (std::size_t b = 0; b < whole.size(); ++b) {
    const auto needed = before(g, whole[b]);
    until[b] = sum_over([&](op_id op) { return needed[op]; });
    for (std::size_t a = 0; a < b; ++a)
      if (after[a][whole[b]])
        until[b] = std::max(
            until[b], until[a] + sum_over([&](op_id op) { return after[a][op] && needed[op]; }));
    auto own = cost.whole_ms(0, whole[b]);
    for (std::size_t n = 1; n < cost.devices().nodes.size(); ++n)
      own = std::min(own, cost.whole_ms(n, whole[b]));
    until[b] += own;
    after[b] = behind(g, whole[b]);
    bound = std::max(bound, until[b] + sum_over([&](op_id op) { return after[b][op]; }));
  }
  return bound;
}

double work_bound_ms(const cost_model& cost) {
  double sum = 0;
  for (auto ms : shared_ms(cost)) sum += ms;
  return sum;
}

}  // namespace bramble
