#include "config/system/board_name.hpp"

#include <algorithm>
#include <fstream>

#include "config/defaults.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

/// Fit for a terminal, without what stands around it: the device tree ends its texts with a zero.
std::string tidy(std::string text) {
  std::erase(text, '\0');
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return {};
  text = text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
  return printable(text, defaults::board_name_longest);
}

}  // namespace

std::string board_name(const std::filesystem::path& root) {
  std::string line;
  if (std::ifstream tree{root / "proc/device-tree/model"}; std::getline(tree, line))
    if (auto name = tidy(line); !name.empty()) return name;
  std::ifstream processors{root / "proc/cpuinfo"};
  while (std::getline(processors, line)) {
    const auto colon = line.find(':');
    if (colon != std::string::npos && line.starts_with("model name"))
      return tidy(line.substr(colon + 1));
  }
  return {};
}

}  // namespace bramble
