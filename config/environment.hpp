#pragma once

#include <cstdlib>
#include <functional>
#include <optional>
#include <string>

namespace bramble {

/// The value of an environment variable; nothing when it is unset or empty. Tests give their own.
using environment = std::function<std::optional<std::string>(const std::string& name)>;

inline std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

}  // namespace bramble
