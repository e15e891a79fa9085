#pragma once

#include <chrono>

#include "config/defaults.hpp"
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

}  // namespace bramble
