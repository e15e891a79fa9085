#pragma once

#include <cstdint>
#include <string>

namespace bramble {

/// What the clock of whoever reads it showed so many milliseconds after the beginning of 1970, in a
/// `format` of strftime: "03:12:07". At most 31 characters.
std::string local_time(std::uint64_t at_ms, const char* format = "%H:%M:%S");

}  // namespace bramble
