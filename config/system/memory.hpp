#pragma once

#include <cstdint>

namespace bramble {

/// Main memory of this machine; 0 where the system does not say.
std::uint64_t total_memory_mb();

}  // namespace bramble
