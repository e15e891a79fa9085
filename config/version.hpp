#pragma once

namespace bramble {

/// The release, as `bramble version` prints it; CMakeLists.txt is where it is set.
inline constexpr const char* version = BRAMBLE_VERSION;

}  // namespace bramble
