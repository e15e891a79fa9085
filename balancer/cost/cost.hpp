#pragma once

#include "balancer/shelf/shelf.hpp"
#include "model/plan/plan.hpp"
#include "model/plan/program.hpp"

namespace bramble {

/// What things cost on a shelf. Pure; all times in milliseconds. Safe to read from several threads.
class cost_model {
 public:
  /// Keeps references: `g` and `s` must outlive it. Throws `user_error` for NaN or infinite
  /// figures.
  cost_model(const graph& g, const shelf& s, wire_type wire);

  /// One piece on one node by the measured table (`op_table`). Where nothing was measured by MACs
  /// (ops without any count as if they had some), scaled so that the whole model runs at the node's
  /// `gmacs`, plus a fixed cost per piece.
  double piece_ms(std::size_t node, op_id op, const region& out) const;

  /// The whole op in one piece.
  double whole_ms(std::size_t node, op_id op) const;

  /// No set of pieces that makes the whole op takes less on this node: what bounds are made of. For
  /// an op that is not splittable it is `whole_ms`.
  double least_ms(std::size_t node, op_id op) const;

  /// Every op whole on this node, one after another.
  double model_ms(std::size_t node) const;

  /// Time on the wire of `bytes` between two nodes, without queueing and latency.
  double serialise_ms(std::size_t from, std::size_t to, std::uint64_t bytes) const;
  /// Half a round trip and what a message waits in the executors.
  double latency_ms(std::size_t from, std::size_t to) const;
  double mbit(std::size_t from, std::size_t to) const;
  /// As they travel: fp16 two bytes per element, int8 one and a scale per channel.
  std::uint64_t wire_bytes(value_id value, const region& part) const;
  /// What sending or receiving it takes from a node's computing.
  double sent_ms(std::size_t node, value_id value, const region& part) const;
  double received_ms(std::size_t node, value_id value, const region& part) const;
  /// An empty message: sent, on its way, and received.
  double least_exchange_ms(std::size_t from, std::size_t to) const;

  const graph& model() const { return graph_; }
  const shelf& devices() const { return shelf_; }

 private:
  void read_links();
  void read_rates();

  const graph& graph_;
  const shelf& shelf_;
  wire_type wire_;
  std::vector<double> mbit_;         // node x node
  std::vector<double> latency_;      // node x node
  std::vector<double> work_;         // by op: MACs, or what stands for them, per element of output
  std::vector<region> extents_;      // by op, of its first output
  std::vector<double> ms_per_work_;  // by node
};

}  // namespace bramble
