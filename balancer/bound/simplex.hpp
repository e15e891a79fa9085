#pragma once

#include <vector>

namespace bramble {

/// The x >= 0 with the largest gain * x among those with use[r] * x <= 1 for every resource r.
/// `use` is resource x activity, nothing in it negative, and every activity uses something (else
/// there is no largest): throws `std::logic_error` otherwise. Exact but for rounding; ends always
/// (Bland's rule).
std::vector<double> best_mix(const std::vector<std::vector<double>>& use,
                             const std::vector<double>& gain);

}  // namespace bramble
