#include "console/local_time.hpp"

#include <ctime>

namespace bramble {

std::string local_time(std::uint64_t at_ms, const char* format) {
  const auto seconds = static_cast<std::time_t>(at_ms / 1000);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, format, &parts)};
}

}  // namespace bramble
