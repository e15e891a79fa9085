#pragma once

#include <cstdint>

namespace bramble::defaults {

/// Numbers added up in another order have other bits in about half of all cases. Of so many at
/// least one shows it even in a part of a hundredth of them.
inline constexpr std::int64_t exactness_sure_elements = 4096;

/// Of an op that makes fewer, as often; eight outcomes of one number are all equal by chance once
/// in two hundred times, and most parts have more than one.
inline constexpr int exactness_rounds = 8;

/// Another code of the same library is chosen for a convolution whose usual one adds up parts in
/// another order, when it takes at most this many times as long.
inline constexpr double exactness_cost = 1.03;

/// How often each is timed for that, in turns; the least counts. Four tell 20 % apart, this 3 %.
inline constexpr int exactness_runs = 12;

}  // namespace bramble::defaults
