#include "model/runtime/memory.hpp"

#include <malloc.h>

#include "config/defaults.hpp"

namespace bramble {

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
