#pragma once

#include <chrono>
#include <cstdint>

namespace bramble {

/// By this machine's clock, which somebody may set. Any thread.
inline std::uint64_t milliseconds_since_1970() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                        std::chrono::system_clock::now().time_since_epoch())
                                        .count());
}

}  // namespace bramble
