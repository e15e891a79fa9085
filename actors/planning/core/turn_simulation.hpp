#pragma once

#include <optional>
#include <vector>

#include "balancer/throughput/ways.hpp"

namespace bramble {

/// What is asked of a shelf: at random (Poisson), so many requests a second; or by so many clients,
/// each of which asks its next question when it has its answer.
struct offered_load {
  std::optional<double> per_second;
  std::size_t clients = 1;  ///< where there is no rate
  bool once = false;        ///< each client asks but once: a burst
};

struct load_forecast {
  response times;
  double per_second = 0;    ///< answers
  std::size_t changes = 0;  ///< of the way
};

/// What comes of that load with these ways, by a turn_book that gives the turns as on a shelf, on a
/// clock of its own and a fixed seed: what a request takes is as predicted, and plans are there at
/// once.
load_forecast forecast(const std::vector<way>& ways, const offered_load& load);

}  // namespace bramble
