#pragma once

#include <string>

namespace bramble {

/// Why this actor cannot be begun anew: what it alone knows, or on whom it depends; a sentence with
/// what to do instead. Empty: it loses nothing by it, but what it is about just now.
std::string why_not_restarted(const std::string& actor);

}  // namespace bramble
