#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace bramble {

/// What a board tells of itself besides its speed, which is measured.
struct board_health {
  double temperature_c = 0;  ///< of the hottest zone; 0: it does not tell
  /// The bits of `vcgencmd get_throttled`; 0: all is well; empty: nobody could say, as on any
  /// machine that is no Raspberry Pi.
  std::optional<std::uint32_t> throttled;
};

/// A Raspberry Pi's firmware answers questions in a buffer of 32-bit words, which it changes.
using firmware_message = std::array<std::uint32_t, 8>;

/// Hands a message to the firmware behind a device file; false when there is none.
using firmware_mailbox =
    std::function<bool(const std::filesystem::path& device, firmware_message& message)>;

/// The mailbox of this machine, /dev/vcio under root.
bool ask_firmware(const std::filesystem::path& device, firmware_message& message);

/// Reads /sys under `root`: thermal zones (any Linux) and, of a Raspberry Pi, what its firmware
/// says of the power supply. Where that stands depends on the board and the kernel; in turn are
/// tried: the firmware's file (elsewhere on a Pi 5 than on those before), the mailbox, and the
/// alarm of the voltage sensor, which tells of under-voltage alone. Missing or unreadable files say
/// nothing.
board_health read_board(const std::filesystem::path& root = "/",
                        const firmware_mailbox& mailbox = ask_firmware);

/// "under-voltage, frequency capped" for the bits that hold now; empty when all is well.
std::string describe_throttling(std::uint32_t bits);

}  // namespace bramble
