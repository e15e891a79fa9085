#pragma once

namespace bramble {

/// The release, as `bramble version` prints it. This line is where it is set: CMakeLists.txt and
/// scripts/package read it.
inline constexpr const char* version = "0.1.0";

}  // namespace bramble
