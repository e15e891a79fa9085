#pragma once

#include <cmath>
#include <cstdint>
#include <random>

namespace bramble {

/// Times between requests that come at random (exponential): with equal seeds the same everywhere,
/// which std::exponential_distribution does not promise.
class random_pauses {
 public:
  explicit random_pauses(std::uint64_t seed = 1) : random_{seed} {}

  double next(double mean) {
    const auto u = (static_cast<double>(random_() >> 11U) + 0.5) / 9007199254740992.0;
    return -std::log(u) * mean;
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace bramble
