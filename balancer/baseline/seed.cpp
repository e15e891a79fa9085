#include "balancer/baseline/seed.hpp"

#include <algorithm>
#include <numeric>

#include "config/defaults.hpp"

namespace bramble {
namespace {

/// What a branch's ops make that is read outside of it.
std::vector<value_id> outputs_of(const graph& g, const branch& b) {
  std::vector<value_id> out;
  auto inside = [&](op_id op) { return std::binary_search(b.ops.begin(), b.ops.end(), op); };
  const auto readers = consumers(g);
  for (auto op : b.ops) {
    for (auto value : g.ops[op].outputs) {
      const bool read = std::any_of(readers[value].begin(), readers[value].end(),
                                    [&](op_id reader) { return !inside(reader); });
      const bool wanted = std::find(g.outputs.begin(), g.outputs.end(), value) != g.outputs.end();
      if (read || wanted) out.push_back(value);
    }
  }
  return out;
}

double transfer_ms(const cost_model& cost, std::size_t a, std::size_t b,
                   const std::vector<value_id>& values) {
  if (a == b || values.empty()) return 0;
  std::uint64_t bytes = 0;
  for (auto value : values) bytes += cost.wire_bytes(value, extent(cost.model().values[value]));
  return cost.serialise_ms(a, b, bytes) + cost.latency_ms(a, b);
}

seed_layer pose_layer(const cost_model& cost, const layer& l, std::size_t host) {
  const auto& g = cost.model();
  const auto devices = cost.devices().nodes.size();
  seed_layer out;
  for (std::size_t d = 0; d < devices; ++d)
    out.input_ms.push_back(transfer_ms(cost, host, d, l.entry));
  for (const auto& b : l.branches) {
    const auto values = outputs_of(g, b);
    auto& time = out.time.emplace_back(devices, 0.0);
    auto& output = out.output_ms.emplace_back();
    for (std::size_t d = 0; d < devices; ++d) {
      for (auto op : b.ops) time[d] += cost.whole_ms(d, op);
      output.push_back(transfer_ms(cost, d, host, values));
    }
  }
  if (l.join) out.join_ms = cost.whole_ms(host, *l.join);
  return out;
}

/// Greedy load balancing of one layer; `time(b, d)` is what branch b takes on device d.
template <class Time>
std::vector<std::size_t> balance(const seed_problem& problem, std::size_t layer, const Time& time) {
  const auto& cost = problem.costs[layer];
  std::vector<std::size_t> devices(cost.time.size(), problem.host);
  if (devices.size() == 1) return devices;
  std::vector<std::size_t> order(devices.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return time(a, problem.host) > time(b, problem.host);
  });
  std::vector<double> finish(problem.devices, 0);
  for (auto b : order) {
    auto with = [&](std::size_t d) {
      return (finish[d] == 0 ? cost.input_ms[d] : finish[d]) + time(b, d) + cost.output_ms[b][d];
    };
    auto best = problem.host;
    for (std::size_t d = 0; d < problem.devices; ++d)
      if (with(d) < with(best)) best = d;
    finish[best] = with(best);
    devices[b] = best;
  }
  return devices;
}

/// Depth-first over the branches, longest first; gives up where a device already takes longer than
/// the best assignment known.
class enumeration {
 public:
  enumeration(const seed_problem& problem, std::size_t layer)
      : problem_{problem},
        cost_{problem.costs[layer]},
        finish_(problem.devices, 0),
        order_(cost_.time.size()) {
    std::iota(order_.begin(), order_.end(), 0);
    std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
      return cost_.time[a][problem_.host] > cost_.time[b][problem_.host];
    });
    // The greedy answer is the first to beat.
    best_ = balance(problem, layer, [&](std::size_t b, std::size_t d) { return cost_.time[b][d]; });
    best_ms_ = seed_layer_ms(problem, layer, best_) - cost_.join_ms;
    current_ = best_;
  }

  std::vector<std::size_t> run() {
    if (order_.size() > 1) place(0);
    return best_;
  }

 private:
  void place(std::size_t depth) {
    if (++states_ > defaults::seed_exact_states_limit)
      throw user_error("A layer has " + std::to_string(order_.size()) + " branches for " +
                       std::to_string(problem_.devices) +
                       " nodes, too many to try every assignment; use --method seed.");
    if (depth == order_.size()) {
      best_ms_ = *std::max_element(finish_.begin(), finish_.end());
      best_ = current_;
      return;
    }
    const auto b = order_[depth];
    for (std::size_t d = 0; d < problem_.devices; ++d) {
      const auto before = finish_[d];
      finish_[d] =
          (before == 0 ? cost_.input_ms[d] : before) + cost_.time[b][d] + cost_.output_ms[b][d];
      current_[b] = d;
      if (finish_[d] < best_ms_) place(depth + 1);
      finish_[d] = before;
    }
  }

  const seed_problem& problem_;
  const seed_layer& cost_;
  std::vector<double> finish_;  // by device
  std::vector<std::size_t> order_;
  std::vector<std::size_t> current_, best_;
  double best_ms_ = 0;
  std::size_t states_ = 0;
};

}  // namespace

seed_problem pose_seed(const cost_model& cost) {
  seed_problem problem;
  problem.layers = layers_of(cost.model());
  problem.devices = cost.devices().nodes.size();
  problem.host = cost.devices().index_of(cost.devices().host);
  for (const auto& l : problem.layers) problem.costs.push_back(pose_layer(cost, l, problem.host));
  return problem;
}

double seed_layer_ms(const seed_problem& problem, std::size_t layer,
                     const std::vector<std::size_t>& devices) {
  const auto& cost = problem.costs[layer];
  std::vector<double> finish(problem.devices, 0);
  for (std::size_t b = 0; b < devices.size(); ++b) {
    const auto d = devices[b];
    if (finish[d] == 0) finish[d] = cost.input_ms[d];
    finish[d] += cost.time[b][d] + cost.output_ms[b][d];
  }
  return *std::max_element(finish.begin(), finish.end()) + cost.join_ms;
}

double seed_cost_ms(const seed_problem& problem, const seed_assignment& assignment) {
  double sum = 0;
  for (std::size_t i = 0; i < assignment.size(); ++i)
    sum += seed_layer_ms(problem, i, assignment[i]);
  return sum;
}

seed_assignment seed_homogeneous(const seed_problem& problem) {
  seed_assignment out;
  for (std::size_t i = 0; i < problem.layers.size(); ++i)
    out.push_back(balance(problem, i, [&](std::size_t b, std::size_t) {
      return problem.costs[i].time[b][problem.host];
    }));
  return out;
}

seed_assignment seed_heterogeneous(const seed_problem& problem) {
  seed_assignment out;
  for (std::size_t i = 0; i < problem.layers.size(); ++i)
    out.push_back(balance(
        problem, i, [&](std::size_t b, std::size_t d) { return problem.costs[i].time[b][d]; }));
  return out;
}

seed_assignment seed_exact(const seed_problem& problem) {
  seed_assignment out;
  for (std::size_t i = 0; i < problem.layers.size(); ++i)
    out.push_back(enumeration{problem, i}.run());
  return out;
}

std::vector<piece> pieces_of(const seed_problem& problem, const seed_assignment& assignment,
                             const graph& g) {
  std::vector<std::size_t> device(g.ops.size(), problem.host);
  for (std::size_t i = 0; i < problem.layers.size(); ++i)
    for (std::size_t b = 0; b < assignment[i].size(); ++b)
      for (auto op : problem.layers[i].branches[b].ops) device[op] = assignment[i][b];
  std::vector<piece> pieces;
  for (op_id op = 0; op < g.ops.size(); ++op)
    pieces.push_back(
        {op, static_cast<std::uint16_t>(device[op]), extent(g.values[g.ops[op].outputs[0]])});
  return pieces;
}

}  // namespace bramble
