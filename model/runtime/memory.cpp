#include "model/runtime/memory.hpp"

#include <malloc.h>
#include <unistd.h>

#include <limits>

#include "config/defaults.hpp"

namespace bramble {

std::uint64_t machine_memory_bytes() {
  const auto pages = ::sysconf(_SC_PHYS_PAGES);
  const auto page_size = ::sysconf(_SC_PAGE_SIZE);
  if (pages <= 0 || page_size <= 0) return std::numeric_limits<std::uint64_t>::max();
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_size);
}

void return_freed_memory() {
  ::malloc_trim(0);
}

void prefer_small_peak() {
  // A fixed threshold also ends glibc's habit of raising it to the largest block ever freed.
  ::mallopt(M_MMAP_THRESHOLD, defaults::import_mapped_bytes);
  ::mallopt(M_TRIM_THRESHOLD, defaults::import_mapped_bytes);
  keep_no_onednn_code();
}

}  // namespace bramble
