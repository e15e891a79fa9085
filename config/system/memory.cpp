#include "config/system/memory.hpp"

#include <unistd.h>

namespace bramble {

std::uint64_t total_memory_mb() {
  const auto pages = ::sysconf(_SC_PHYS_PAGES);
  const auto page_size = ::sysconf(_SC_PAGE_SIZE);
  if (pages <= 0 || page_size <= 0) return 0;
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_size) >> 20;
}

}  // namespace bramble
