#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace bramble {

/// What a board tells of itself besides its speed, which is measured.
struct board_health {
  double temperature_c = 0;     ///< of the hottest zone; 0: it does not tell
  std::uint32_t throttled = 0;  ///< the bits of `vcgencmd get_throttled`; 0: fine, or no such board
};

/// Reads /sys under `root`: thermal zones (any Linux) and the Raspberry Pi firmware's flags.
/// Missing or unreadable files say nothing.
board_health read_board(const std::filesystem::path& root = "/");

/// "under-voltage, frequency capped" for the bits that hold now; empty when all is well.
std::string describe_throttling(std::uint32_t bits);

}  // namespace bramble
