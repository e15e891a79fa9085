#pragma once

#include <chrono>

#include "config/defaults.hpp"
#include "config/defaults_operating.hpp"
#include "model/plan/plan.hpp"

namespace bramble {

/// `base` and so many times what the plan predicts.
inline std::chrono::milliseconds beyond_prediction(std::chrono::milliseconds base, double factor,
                                                   const plan& p) {
  return base + std::chrono::milliseconds{static_cast<std::int64_t>(p.predicted_ms * factor)};
}

/// A run that takes longer is given up by its host, whoever answers.
inline std::chrono::milliseconds run_deadline(const plan& p) {
  return beyond_prediction(defaults::run_deadline_base, defaults::run_deadline_factor, p);
}

/// A run that takes longer is dropped by those who work on it for another host. Twice the host's
/// time: the host may predict more by now, and looks only now and then.
inline std::chrono::milliseconds run_lifetime(const plan& p) {
  return 2 * run_deadline(p);
}

/// One piece of it on this node, which is no more than all that the node is predicted to compute
/// for it: whoever takes longer is stuck.
inline std::chrono::milliseconds piece_deadline(const plan& p, const std::string& node) {
  double busy_ms = p.predicted_ms;
  for (std::size_t i = 0; i < p.nodes.size() && i < p.verdicts.size(); ++i)
    if (p.nodes[i] == node) busy_ms = p.verdicts[i].busy_ms;
  return defaults::piece_deadline_base + std::chrono::milliseconds{static_cast<std::int64_t>(
                                             busy_ms * defaults::piece_deadline_factor)};
}

}  // namespace bramble
