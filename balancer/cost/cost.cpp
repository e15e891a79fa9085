#include "balancer/cost/cost.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "config/defaults.hpp"
#include "config/defaults_work.hpp"
#include "model/graph/work.hpp"

namespace bramble {
namespace {

double elements(const graph& g, value_id id) {
  return static_cast<double>(element_count(g.values[id].shape));
}

bool only_copies(const op& o) {
  constexpr std::array names{"aten::reshape", "aten::view",   "aten::flatten", "aten::transpose",
                             "aten::permute", "aten::slice",  "aten::select",  "aten::narrow",
                             "aten::cat",     "aten::stack",  "aten::clone",   "aten::contiguous",
                             "aten::expand",  "aten::repeat", "aten::squeeze", "aten::unsqueeze",
                             "aten::split",   "aten::chunk",  "aten::unbind",  "aten::to",
                             "aten::t",       "aten::flip",   "aten::roll",    "aten::unflatten"};
  return std::find(names.begin(), names.end(), o.call.schema) != names.end();
}

/// How often an op that runs whole goes over the bytes that it moves.
double passes(const graph& g, const op& o) {
  if (only_copies(o)) return defaults::copy_passes;
  const auto is_of_maps = [&](const std::vector<value_id>& values) {
    return std::any_of(values.begin(), values.end(),
                       [&](value_id id) { return is_map(g.values[id]); });
  };
  return is_of_maps(o.inputs) && is_of_maps(o.outputs) ? defaults::map_passes
                                                       : defaults::arithmetic_passes;
}

/// MACs, or what stands for them, per element of the op's first output.
double work_per_element(const graph& g, op_id id) {
  const auto& o = g.ops[id];
  const auto made = elements(g, o.outputs[0]);
  const auto real = macs(g, id);
  if (o.kind == op_kind::atom) {
    // What multiplies goes over its weights and inputs once, beside that.
    const auto moved = moved_bytes(g, id, extent(g.values[o.outputs[0]]));
    const auto times = real > 0 ? 1 : passes(g, o);
    return std::max(real, times * moved / defaults::memory_bytes_per_mac) / made;
  }
  if (real > 0) return real / made;
  double read = 0;
  for (auto input : o.inputs) read += elements(g, input);
  switch (o.kind) {
    case op_kind::max_pool:
    case op_kind::avg_pool:
      return defaults::macs_per_pool_element *
             static_cast<double>(o.win.kernel[0] * o.win.kernel[1]);
    case op_kind::concat:
    case op_kind::select:
    case op_kind::take:
    case op_kind::regroup:
      return defaults::macs_per_concat_element;
    case op_kind::upsample:
      return defaults::macs_per_pool_element *
             (o.resize.kind == resampling::kind_t::bilinear ? 4 : 1);
    default:
      return defaults::macs_per_elementwise_element * (read + made) / made;
  }
}

}  // namespace

cost_model::cost_model(const graph& g, const shelf& s, wire_type wire)
    : graph_{g}, shelf_{s}, wire_{wire} {
  validate(s, "The shelf");
  work_.reserve(g.ops.size());
  for (op_id op = 0; op < g.ops.size(); ++op) {
    work_.push_back(work_per_element(g, op));
    extents_.push_back(extent(g.values[g.ops[op].outputs[0]]));
  }
  read_rates();
  read_links();
}

void cost_model::read_rates() {
  // `gmacs` is a rate of the whole model: ops without MACs take their share of its time, not more.
  double work = 0;
  for (op_id op = 0; op < work_.size(); ++op)
    work += work_[op] * static_cast<double>(extents_[op].elements());
  const auto real = total_macs(graph_);
  const auto real_share = real > 0 ? real / work : 1;
  for (const auto& node : shelf_.nodes) {
    if (node.gmacs > 0) {
      ms_per_work_.push_back(real_share / (node.gmacs * 1e6));
      continue;
    }
    // Known by measurement alone: the ops that were not measured run at the rate of those that
    // were.
    double known_work = 0, known_ms = 0;
    for (op_id op = 0; op < work_.size(); ++op) {
      if (!node.table.knows(op)) continue;
      known_work += work_[op] * static_cast<double>(extents_[op].elements());
      known_ms += bramble::piece_ms(node.table, op, extents_[op], extents_[op]);
    }
    if (known_work <= 0)
      throw user_error("Node " + node.name +
                       " has neither a gmacs figure nor measured times for this model.");
    ms_per_work_.push_back(known_ms / known_work);
  }
}

void cost_model::read_links() {
  const auto n = shelf_.nodes.size();
  mbit_.resize(n * n);
  latency_.assign(n * n, defaults::rtt_ms / 2 + defaults::message_latency_ms);
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = 0; b < n; ++b)
      mbit_[a * n + b] = std::min(shelf_.nodes[a].nic_mbit, shelf_.nodes[b].nic_mbit);
  for (const auto& link : shelf_.links) {
    const auto a = shelf_.index_of(link.a);
    const auto b = shelf_.index_of(link.b);
    mbit_[a * n + b] = mbit_[b * n + a] = link.mbit;
    latency_[a * n + b] = latency_[b * n + a] = link.rtt_ms / 2 + defaults::message_latency_ms;
  }
}

double cost_model::piece_ms(std::size_t node, op_id op, const region& out) const {
  const auto& device = shelf_.nodes[node];
  if (device.table.knows(op)) return bramble::piece_ms(device.table, op, out, extents_[op]);
  return defaults::piece_overhead_ms +
         work_[op] * static_cast<double>(out.elements()) * ms_per_work_[node];
}

double cost_model::whole_ms(std::size_t node, op_id op) const {
  return piece_ms(node, op, extents_[op]);
}

double cost_model::least_ms(std::size_t node, op_id op) const {
  const auto& device = shelf_.nodes[node];
  const bool divisible = splittable(graph_, graph_.ops[op]);
  if (!divisible || !device.table.knows(op)) return whole_ms(node, op);  // more pieces cost more
  return bramble::least_ms(device.table, op, extents_[op]);
}

double cost_model::model_ms(std::size_t node) const {
  double sum = 0;
  for (op_id op = 0; op < work_.size(); ++op) sum += whole_ms(node, op);
  return sum;
}

double cost_model::mbit(std::size_t from, std::size_t to) const {
  return mbit_[from * shelf_.nodes.size() + to];
}

double cost_model::serialise_ms(std::size_t from, std::size_t to, std::uint64_t bytes) const {
  return static_cast<double>(bytes) * 8 / (mbit(from, to) * 1e3);
}

double cost_model::latency_ms(std::size_t from, std::size_t to) const {
  return latency_[from * shelf_.nodes.size() + to];
}

std::uint64_t cost_model::wire_bytes(value_id value, const region& part) const {
  return bramble::wire_bytes(wire_, graph_.values[value], part);
}

double cost_model::sent_ms(std::size_t node, value_id value, const region& part) const {
  return bramble::sent_ms(shelf_.nodes[node].messages, wire_, graph_.values[value], part);
}

double cost_model::received_ms(std::size_t node, value_id value, const region& part) const {
  return bramble::received_ms(shelf_.nodes[node].messages, wire_, graph_.values[value], part);
}

double cost_model::least_exchange_ms(std::size_t from, std::size_t to) const {
  return shelf_.nodes[from].messages.message_ms + latency_ms(from, to) +
         shelf_.nodes[to].messages.message_ms;
}

}  // namespace bramble
