#pragma once

#include <cstddef>

/// How much is remembered of where requests' time went.
namespace bramble::defaults {

/// A node remembers what it did for so many requests, some 30 kB each.
inline constexpr std::size_t traces_kept = 8;

/// Two clocks are compared by so many questions; the quickest counts.
inline constexpr int clock_questions = 8;

}  // namespace bramble::defaults
