#pragma once

#include <string>

namespace bramble {

/// `now` with its lines that were not in `before` at that place in bold, as far as the terminal
/// shows that; with `marks` they get a "*" in front instead and the others a space.
std::string with_changes_shown(const std::string& before, const std::string& now, bool marks);

}  // namespace bramble
