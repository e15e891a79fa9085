#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "balancer/shelf/shelf.hpp"

namespace bramble {

/// What changed on a shelf so that its plan is another one.
struct plan_cause {
  enum class kind_t : std::uint8_t {
    node_joined,
    node_left,
    node_drained,
    node_resumed,
    node_silent,   ///< gave no sign of life
    node_cut_off,  ///< does not reach another one
    node_speed,    ///< against what most nodes did
    all_speeds,
    link_rate,
    node_rates,  ///< of all links of the node
    link_measured
  } kind = kind_t::node_joined;
  std::string node;
  std::string other;  ///< a link's other end
  /// Of a speed: 1, and what it is a share of that now. Of a rate: Mbit/s; 0: not measured.
  double before = 0;
  double after = 0;
  double weight = 0;  ///< how much it matters beside the others, in any unit
};

/// How the facts that plans are made from have changed, the clearest change first, which is its
/// weight; nothing under defaults::review_change. The first runs of a model make all nodes look
/// alike slower or faster than their calibrations, so a node's speed is compared with what most of
/// them did. Pure.
std::vector<plan_cause> causes_between(const shelf& before, const shelf& now);

/// "pi3 computes at 30 % of what it did", "the link between pi1 and pi2 fell from 287 to 20
/// Mbit/s": one after the other, without those that weigh little beside the first. Empty for none.
std::string describe(const std::vector<plan_cause>& causes);

}  // namespace bramble
