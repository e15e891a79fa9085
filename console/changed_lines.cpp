#include "console/changed_lines.hpp"

#include <sstream>

#include "console/terminal.hpp"

namespace bramble {

std::string with_changes_shown(const std::string& before, const std::string& now, bool marks) {
  std::istringstream old_lines{before};
  std::istringstream lines{now};
  std::string out;
  for (std::string line, old; std::getline(lines, line);) {
    const bool there = static_cast<bool>(std::getline(old_lines, old));
    const bool changed = !before.empty() && (!there || old != line);
    if (marks)
      out += (changed ? "* " : "  ") + line + "\n";
    else
      out += (changed ? bold(line) : line) + "\n";
  }
  return out;
}

}  // namespace bramble
