#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "balancer/devices/device.hpp"

namespace bramble {

/// A description that comes with the program: its file's name without ".toml", and its text.
struct shipped_device {
  std::string_view id;
  std::string_view text;
};
const std::vector<shipped_device>& shipped_devices();

/// Reads a description (docs/devices.md). Throws `user_error` with file, line and key for what is
/// missing, unknown or out of range.
device_description parse_device(std::string_view text, const std::string& file);

/// What flags, options and shelf files say: a shipped description's name, or a file's path, which
/// ends with ".toml"; either with a factor, as in "pi4-pytorch@0.5". Throws `user_error` for one
/// that is not there, naming those that are, or cannot be read.
device_description find_device(const std::string& spec);

}  // namespace bramble
