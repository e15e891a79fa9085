#pragma once

#include "balancer/cost/cost.hpp"
#include "model/graph/structure.hpp"

namespace bramble {

/// The scheme this project grew from: "Adaptive DNN Partition in Edge Computing Environments"
/// (ICPADS 2020). Each layer's branches are spread over a host, which has the input and wants the
/// result, and auxiliary devices; a layer takes as long as the device that finishes last.
///
/// What the source leaves open, and our reading of it:
/// - A layer is the stretch between two cut vertices, a branch a connected part of it. Its join
/// (and
///   a chain, which has one branch) runs on the host.
/// - The intermediate data of an auxiliary device are the layer's input, once, however many of its
///   branches the device runs, and the output of each branch that it runs.
/// - Transfers to different devices do not wait for each other, and do not overlap with computing.
struct seed_layer {
  /// T: time[b][d], branch b on device d, in ms.
  std::vector<std::vector<double>> time;
  /// D: what the layer's input (whole), and what each branch's output takes between host and device
  /// d.
  std::vector<double> input_ms;                ///< by device; 0 for the host
  std::vector<std::vector<double>> output_ms;  ///< branch x device; 0 for the host
  double join_ms = 0;                          ///< on the host, after the last branch
};

struct seed_problem {
  std::vector<layer> layers;  ///< L and Br
  std::vector<seed_layer> costs;
  std::size_t host = 0;
  std::size_t devices = 0;
};

/// The device of each branch, by layer.
using seed_assignment = std::vector<std::vector<std::size_t>>;

/// L, Br, T and D of a graph on a shelf.
seed_problem pose_seed(const cost_model& cost);

/// "The time of the host is the sum of its branches' times; that of an auxiliary device the sum
/// plus the transfer of the intermediate data; that of a layer the largest."
double seed_layer_ms(const seed_problem& problem, std::size_t layer,
                     const std::vector<std::size_t>& devices);
double seed_cost_ms(const seed_problem& problem, const seed_assignment& assignment);

/// Homogeneous case: "branches are spread so that the devices' times come as close to each other as
/// possible" (load balancing, greedy). Our reading: longest branch first, each to the device that
/// finishes first with it. Takes every device to be as fast as the host.
seed_assignment seed_homogeneous(const seed_problem& problem);

/// Heterogeneous case: "the same, each branch's time scaled by the device's measured capability".
seed_assignment seed_heterogeneous(const seed_problem& problem);

/// The optimum of the same cost model, by enumeration with bounds. Throws `user_error` for a layer
/// with too many branches for that (defaults::seed_exact_states_limit).
seed_assignment seed_exact(const seed_problem& problem);

/// Whole ops as pieces: branches where they were assigned, everything else on the host.
std::vector<piece> pieces_of(const seed_problem& problem, const seed_assignment& assignment,
                             const graph& g);

}  // namespace bramble
