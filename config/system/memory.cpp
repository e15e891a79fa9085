#include "config/system/memory.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace bramble {

std::uint64_t total_memory_mb() {
  const auto pages = ::sysconf(_SC_PHYS_PAGES);
  const auto page_size = ::sysconf(_SC_PAGE_SIZE);
  if (pages <= 0 || page_size <= 0) return 0;
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_size) >> 20;
}

std::uint64_t free_memory_mb(const std::filesystem::path& root) {
  std::ifstream in{root / "proc/meminfo"};
  for (std::string line; std::getline(in, line);) {
    std::istringstream words{line};
    std::string name;
    std::uint64_t kb = 0;
    if (words >> name >> kb && name == "MemAvailable:") return kb >> 10;
  }
  return 0;
}

}  // namespace bramble
