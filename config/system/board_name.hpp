#pragma once

#include <filesystem>
#include <string>

namespace bramble {

/// What kind of machine this is: "Raspberry Pi 4 Model B Rev 1.4" where a device tree says so, else
/// the processor's name; empty where nothing tells. Nothing of it is this very machine's own. Reads
/// /proc under `root`.
std::string board_name(const std::filesystem::path& root = "/");

}  // namespace bramble
