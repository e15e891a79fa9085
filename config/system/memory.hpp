#pragma once

#include <cstdint>
#include <filesystem>

namespace bramble {

/// Main memory of this machine; 0 where the system does not say.
std::uint64_t total_memory_mb();

/// What programs can still have of it without swapping, as the kernel estimates it; 0 likewise.
std::uint64_t free_memory_mb(const std::filesystem::path& root = "/");

}  // namespace bramble
